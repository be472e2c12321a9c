import { Public } from '@cryptoutil/http';
import { pageAssets } from '@cryptoutil/pages';
import { Controller, Get, NotFoundException, Param, Res } from '@nestjs/common';
import type { Response } from 'express';

const assets = new Map(pageAssets().map((asset) => [asset.path, asset]));

/** Style and pictures of the pages; a path names its content, so it may be kept for a year. */
@Controller('assets')
export class AssetsController {
  @Get(':file')
  @Public()
  serve(@Param('file') file: string, @Res() response: Response): void {
    const asset = assets.get(`/assets/${file}`);
    if (!asset) throw new NotFoundException();
    response
      .set({ 'Content-Type': asset.type, 'Cache-Control': 'public, max-age=31536000, immutable' })
      .send(asset.body);
  }
}
