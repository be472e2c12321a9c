import { connect, type TLSSocket } from 'node:tls';

/** Where requests go. */
export interface Target {
  readonly port: number;
  readonly ca: string;
}

/** One kept-alive HTTP/1.1 connection that sends prepared bytes and waits for each answer; it costs little beside the server it measures. */
export class RawClient {
  private received = '';
  private settle: ((status: number) => void) | undefined;
  private fail: ((error: Error) => void) | undefined;
  /** Body of the last answer. */
  body = '';

  private constructor(private readonly socket: TLSSocket) {
    socket.setEncoding('latin1').setNoDelay(true);
    socket.on('data', (text: string) => this.read(text));
    socket.on('error', (error) => this.fail?.(error));
    socket.on('close', () => this.fail?.(new Error('the connection ended')));
  }

  static open({ port, ca }: Target): Promise<RawClient> {
    return new Promise((settle, fail) => {
      const socket = connect({ host: '127.0.0.1', servername: 'localhost', port, ca, ALPNProtocols: ['http/1.1'] });
      socket.once('error', fail).once('secureConnect', () => {
        socket.off('error', fail);
        settle(new RawClient(socket));
      });
    });
  }

  /** Resolves to the status of the answer. */
  send(request: string): Promise<number> {
    return new Promise((settle, fail) => {
      this.settle = settle;
      this.fail = fail;
      this.socket.write(request, 'latin1');
    });
  }

  close(): void {
    this.fail = undefined;
    this.socket.destroy();
  }

  private read(text: string): void {
    this.received = this.received === '' ? text : this.received + text;
    const end = this.received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.received.slice(0, end))?.[1] ?? 0);
    if (this.received.length < end + 4 + length) return;
    this.body = this.received.slice(end + 4);
    const status = Number(this.received.slice(9, 12));
    this.received = '';
    const { settle } = this;
    this.settle = this.fail = undefined;
    settle?.(status);
  }
}

/** The bytes of a POST. */
export function post(path: string, headers: Record<string, string>, body = ''): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** The bytes of a GET. */
export const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
