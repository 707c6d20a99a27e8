/**
 * A client that speaks HTTP/2 in frames: it sees everything, and can say what no well-behaved library says. It shares
 * no code with the server.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { PATIENCE } from '../patience.ts';
import { Decoder, encode, type Pairs } from './hpack.ts';

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export const TYPES = [
  'DATA',
  'HEADERS',
  'PRIORITY',
  'RST_STREAM',
  'SETTINGS',
  'PUSH_PROMISE',
  'PING',
  'GOAWAY',
  'WINDOW_UPDATE',
  'CONTINUATION',
] as const;
export type FrameType = (typeof TYPES)[number];

export const CODES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
] as const;
export type Code = (typeof CODES)[number];

export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;

/** One frame as it came, with what is in it. */
export interface Frame {
  readonly type: FrameType;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
  /** DATA and HEADERS. */
  readonly end: boolean;
  /** HEADERS: the whole list, `:status` included. */
  readonly headers?: [string, string][];
  /** RST_STREAM and GOAWAY. */
  readonly code?: Code;
  /** GOAWAY. */
  readonly last?: number;
  readonly debug?: string;
  /** SETTINGS: identifier and value, in order. */
  readonly settings?: [number, number][];
  readonly ack: boolean;
}

export function frame(type: FrameType, flags: number, stream: number, payload: Uint8Array = NOTHING): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = TYPES.indexOf(type);
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const NOTHING: Buffer = Buffer.alloc(0);

/** Settings as they are on the wire. */
export function settings(...pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  return Buffer.concat(pairs.map(([id, value]) => Buffer.concat([Buffer.of(0, id), u32(value)])));
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** How a frame reads in an error message. */
export function say(each: Frame): string {
  const flags = each.end ? '+END_STREAM' : each.ack ? '+ACK' : '';
  const more = each.code === undefined ? '' : ` ${each.code}${each.last === undefined ? '' : ` last ${each.last}`}`;
  return `${each.type}${flags}[${each.stream}]${more}`;
}

export interface RawOptions {
  readonly port: number;
  /** `null`: cleartext. */
  readonly tls?: ConnectionOptions | null;
  /** Sent at once unless told otherwise. */
  readonly preface?: boolean;
  /** Answers SETTINGS of the server with an ACK unless told otherwise. */
  readonly acknowledge?: boolean;
}

/** INITIAL_WINDOW_SIZE and MAX_FRAME_SIZE so large that no answer has to wait or to be cut. */
const GENEROUS = settings([4, 2 ** 30], [5, 2 ** 24 - 1]);

export class Raw {
  readonly socket: Socket;
  /** Everything that came, in order. */
  readonly frames: Frame[] = [];
  /** How the connection ended; `undefined`: it has not. */
  ended: 'FIN' | 'RST' | undefined;
  /** Whatever the socket said last. */
  error: NodeJS.ErrnoException | undefined;
  acknowledge: boolean;
  nextStream = 1;

  private rest: Buffer = NOTHING;
  private readonly decoder = new Decoder();
  private block: { first: Frame; parts: Buffer[] } | undefined;
  private readonly waiting = new Set<() => void>();
  private pings = 0;

  private constructor(socket: Socket, acknowledge: boolean) {
    this.socket = socket;
    this.acknowledge = acknowledge;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('end', () => this.end('FIN'));
    socket.on('error', (error) => {
      this.error = error;
      this.end('RST');
    });
    socket.on('close', () => this.end('RST'));
  }

  /** Rejects when the connection or the handshake fails. */
  static open({ port, tls = null, preface = true, acknowledge = true }: RawOptions): Promise<Raw> {
    return new Promise((resolve, reject) => {
      const socket =
        tls === null
          ? connectTcp({ port, host: '127.0.0.1' })
          : connectTls({ ALPNProtocols: ['h2'], servername: 'localhost', ...tls, port, host: '127.0.0.1' });
      const raw = new Raw(socket, acknowledge);
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the connection ended while it was opened')));
      socket.once(tls === null ? 'connect' : 'secureConnect', () => {
        if (preface) raw.write(PREFACE, frame('SETTINGS', 0, 0, GENEROUS), frame('WINDOW_UPDATE', 0, 0, u32(2 ** 30)));
        resolve(raw);
      });
    });
  }

  write(...bytes: readonly Uint8Array[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(bytes));
  }

  /** The frames of one request; `null`: no body, END_STREAM on HEADERS. */
  static request(stream: number, headers: Pairs, body: Uint8Array | null): Buffer {
    const head = frame('HEADERS', END_HEADERS | (body === null ? END_STREAM : 0), stream, encode(headers));
    if (body === null) return head;
    const parts = [head];
    for (let at = 0; at === 0 || at < body.length; at += 16_384) {
      const last = at + 16_384 >= body.length;
      parts.push(frame('DATA', last ? END_STREAM : 0, stream, body.subarray(at, at + 16_384)));
    }
    return Buffer.concat(parts);
  }

  static reset(stream: number, code: Code): Buffer {
    return frame('RST_STREAM', 0, stream, u32(CODES.indexOf(code)));
  }

  /** Sends a whole request on a new stream; its identifier. */
  ask(headers: Pairs, body: Uint8Array | string | null = null): number {
    const stream = this.freshStream();
    this.write(Raw.request(stream, headers, typeof body === 'string' ? Buffer.from(body) : body));
    return stream;
  }

  /** A new stream's identifier. */
  freshStream(): number {
    const stream = this.nextStream;
    this.nextStream += 2;
    return stream;
  }

  /** The first frame that fits, come or to come. Rejects when the connection ends first, or after five seconds. */
  async until(fits: (each: Frame) => boolean, from = 0): Promise<Frame> {
    let at = from;
    let found: Frame | undefined;
    await this.wait(() => {
      for (; found === undefined && at < this.frames.length; at++) if (fits(this.frames[at]!)) found = this.frames[at];
      return found !== undefined || this.ended !== undefined;
    });
    if (found === undefined) throw new Error(`the connection ended (${this.ended}) after ${this.story()}`);
    return found;
  }

  /** Settles when `done` says so; it is asked after everything that comes. */
  wait(done: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!done()) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.delete(look);
        reject(new Error(`nothing for ${PATIENCE} ms after ${this.story()}`));
      }, PATIENCE);
      this.waiting.add(look);
      look();
    });
  }

  /** Settles when a stream has come to its end, one way or another, however long that takes. */
  settled(stream: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        const over = this.frames.some((each) => each.stream === stream && (each.end || each.type === 'RST_STREAM'));
        if (!over && this.ended === undefined) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }

  /** Settles when everything that the server had to say before this moment has come: a PING is answered in its turn. */
  async fence(): Promise<void> {
    const mark = u32(++this.pings);
    const data = Buffer.concat([u32(0xfe_0ce), mark]);
    this.write(frame('PING', 0, 0, data));
    await this.wait(
      () =>
        this.ended !== undefined ||
        this.frames.some(({ type, ack, payload }) => type === 'PING' && ack && payload.equals(data)),
    );
  }

  /** Settles when the server has ended the connection. */
  async over(): Promise<'FIN' | 'RST'> {
    await this.wait(() => this.ended !== undefined);
    return this.ended!;
  }

  /** Everything of one stream. */
  of(stream: number): Frame[] {
    return this.frames.filter((each) => each.stream === stream && each.type !== 'WINDOW_UPDATE');
  }

  story(): string {
    return this.frames.length === 0 ? 'no frame at all' : this.frames.slice(-30).map(say).join(' ');
  }

  /** Cuts the connection from this side, and waits until it is gone. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.socket.closed) return resolve();
      this.socket.once('close', () => resolve());
      this.socket.destroy();
    });
  }

  private end(how: 'FIN' | 'RST'): void {
    this.ended ??= how;
    this.tell();
  }

  private tell(): void {
    for (const look of [...this.waiting]) look();
  }

  private take(chunk: Buffer): void {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    while (this.rest.length >= 9) {
      const length = this.rest.readUIntBE(0, 3);
      if (this.rest.length < 9 + length) break;
      this.read(this.rest[3]!, this.rest[4]!, this.rest.readUInt32BE(5), this.rest.subarray(9, 9 + length));
      this.rest = this.rest.subarray(9 + length);
    }
    this.tell();
  }

  private read(typeNumber: number, flags: number, stream: number, payload: Buffer): void {
    const type = TYPES[typeNumber] ?? 'PRIORITY';
    const ack = (type === 'SETTINGS' || type === 'PING') && (flags & ACK) !== 0;
    const end = (type === 'DATA' || type === 'HEADERS') && (flags & END_STREAM) !== 0;
    const plain: Frame = { type, flags, stream, payload, ack, end };
    switch (type) {
      case 'HEADERS':
      case 'CONTINUATION': {
        this.block ??= { first: plain, parts: [] };
        this.block.parts.push(payload);
        if ((flags & END_HEADERS) === 0) return;
        const headers = this.decoder.decode(Buffer.concat(this.block.parts));
        this.frames.push({ ...this.block.first, headers });
        this.block = undefined;
        return;
      }
      case 'SETTINGS': {
        const settings: [number, number][] = [];
        for (let at = 0; at + 6 <= payload.length; at += 6)
          settings.push([payload.readUInt16BE(at), payload.readUInt32BE(at + 2)]);
        this.frames.push({ ...plain, settings });
        if (!ack && this.acknowledge) this.write(frame('SETTINGS', ACK, 0));
        return;
      }
      case 'RST_STREAM':
        this.frames.push({ ...plain, code: CODES[payload.readUInt32BE(0)]! });
        return;
      case 'GOAWAY':
        this.frames.push({
          ...plain,
          last: payload.readUInt32BE(0),
          code: CODES[payload.readUInt32BE(4)]!,
          debug: payload.toString('latin1', 8),
        });
        return;
      default:
        this.frames.push(plain);
    }
  }
}
