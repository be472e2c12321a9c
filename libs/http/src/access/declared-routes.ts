import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/internal';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { ACCESS, type Access } from './declarations.js';

/** A route handler of some controller and the access it declares. */
export interface DeclaredRoute {
  /** `GET ClassName.method`, for messages. */
  route: string;
  controller: string;
  method: string;
  access: Access | undefined;
}

/** Every route of the application. The method's declaration wins over the class's. */
export function declaredRoutes(modules: ModulesContainer): DeclaredRoute[] {
  const scanner = new MetadataScanner();
  const controllers = [...modules.values()].flatMap((module) => [...module.controllers.values()]);
  return controllers.flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return [];
    const prototype = metatype.prototype as Record<string, object>;
    return scanner
      .getAllMethodNames(prototype)
      .filter((method) => Reflect.hasMetadata(PATH_METADATA, prototype[method]!))
      .map((method) => {
        const handler = prototype[method]!;
        const verb = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number] ?? 'ALL';
        const access = (Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, metatype)) as
          Access | undefined;
        return { route: `${verb} ${metatype.name}.${method}`, controller: metatype.name, method, access };
      });
  });
}
