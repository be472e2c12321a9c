import { notFound, Public } from '@cryptoutil/http';
import { pageAssets } from '@cryptoutil/pages';
import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';

const assets = new Map(pageAssets().map((asset) => [asset.path, asset]));

/** Style and pictures of the pages; a path names its content, so it may be kept for a year. */
@ApiExcludeController()
@Public()
@Controller('assets')
export class AssetsController {
  @Get(':file')
  serve(@Param('file') file: string, @Res() response: Response): void {
    const asset = assets.get(`/assets/${file}`);
    if (!asset) throw notFound();
    response
      .set({ 'Content-Type': asset.type, 'Cache-Control': 'public, max-age=31536000, immutable' })
      .send(asset.body);
  }
}
