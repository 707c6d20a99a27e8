export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** A request as it came: whatever HTTP/2 allows is in it unchanged; what it means is for the application to say. */
export class Request {
  readonly method: string;
  readonly scheme: string;
  /** `:authority`, or the `host` header when there is none (RFC 9113 section 8.3.1), or ''. */
  readonly authority: string;
  readonly path: string;
  /**
   * Name, value, name, value, in order of arrival, repeated ones included, without pseudo-headers. The very same array
   * may come with other requests of the connection that have the same headers.
   */
  readonly headers: readonly string[];
  /** What content-length says, or -1. */
  readonly contentLength: number;
  /** What a strict server would have against the path, or ''. Only with the option `paths` other than 'strict'. */
  readonly pathFlaw: string;
  /** Fields behind the body, in the form of `headers`. */
  trailers: readonly string[] | undefined = undefined;
  /** The size of the whole body, also of what was not kept. */
  size = 0;

  /**
   * The kept body is `bytes[start..end)`. It is valid during the callback only: mostly it lies in the very chunk that
   * was received, and afterwards it is empty. To copy it from here spares making an array just to copy out of it.
   */
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;

  constructor(
    method: string,
    scheme: string,
    authority: string,
    path: string,
    headers: readonly string[],
    contentLength: number,
    pathFlaw: string,
  ) {
    this.method = method;
    this.scheme = scheme;
    this.authority = authority;
    this.path = path;
    this.headers = headers;
    this.contentLength = contentLength;
    this.pathFlaw = pathFlaw;
  }

  /** A new request with the same headers. */
  again(): Request {
    return new Request(
      this.method,
      this.scheme,
      this.authority,
      this.path,
      this.headers,
      this.contentLength,
      this.pathFlaw,
    );
  }

  /** The kept body, valid during the callback only. */
  get body(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }
}
