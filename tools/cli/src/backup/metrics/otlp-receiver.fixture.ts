import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface OtlpMetrics {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue?: string } }[] };
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly unit: string;
        readonly gauge?: { readonly dataPoints: readonly { asDouble?: number; asInt?: number | string }[] };
      }[];
    }[];
  }[];
}

/** A server that takes OTLP over HTTP with JSON (OTLP 1.5 §OTLP/HTTP) and decodes the gauges. */
export async function otlpReceiver() {
  const gauges = new Map<string, number>();
  const services = new Set<string>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.url === '/v1/metrics') {
        const { resourceMetrics } = JSON.parse(Buffer.concat(parts).toString()) as OtlpMetrics;
        for (const { resource, scopeMetrics } of resourceMetrics) {
          for (const { key, value } of resource.attributes)
            if (key === 'service.name') services.add(value.stringValue!);
          for (const { name, unit, gauge } of scopeMetrics.flatMap(({ metrics }) => metrics)) {
            for (const { asDouble, asInt } of gauge?.dataPoints ?? [])
              gauges.set(`${name} ${unit}`, Number(asDouble ?? asInt));
          }
        }
      }
      response.setHeader('content-type', 'application/json').end('{}');
    });
  }).listen(0, '127.0.0.1');
  await new Promise((settle) => server.once('listening', settle));
  return {
    gauges,
    services,
    environment: `OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:${(server.address() as AddressInfo).port} OTEL_EXPORTER_OTLP_PROTOCOL=http/json`,
    close: () => {
      server.closeAllConnections();
      return new Promise((settle) => server.close(settle));
    },
  };
}
