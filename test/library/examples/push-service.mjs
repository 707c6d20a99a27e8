/** The code under test: a small provider, as a backend has one. It knows nothing of mocks. */
import { createPrivateKey, sign } from 'node:crypto';
import { connect, constants } from 'node:http2';

export class PushService {
  #session;
  #token;
  #options;

  /** @param {{ url: string, ca?: string, p8: string, keyId: string, teamId: string, topic: string }} options */
  constructor(options) {
    this.#options = options;
  }

  /** Resolves to `sent`, or to `forget` for a device that is gone; rejects when it is worth trying again. */
  async push(device, payload) {
    const path = `/3/device/${device}`;
    // Refused: it came too late on a connection that was going away, and nothing was done.
    const { status, reason } = await this.#send(path, payload).catch((error) => {
      if (!error.refused) throw error;
      return this.#send(path, payload);
    });
    if (status === 200) return 'sent';
    if (reason === 'Unregistered' || reason === 'BadDeviceToken') return 'forget';
    throw new Error(`APNs answered ${status} ${reason}`);
  }

  close() {
    this.#session?.close();
  }

  #send(path, payload) {
    const { url, ca, topic } = this.#options;
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(url, { ca });
      this.#session.on('error', () => {});
    }
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({
        ':method': 'POST',
        ':path': path,
        authorization: `bearer ${this.#providerToken()}`,
        'apns-topic': topic,
        'apns-push-type': 'alert',
      });
      let status;
      let body = '';
      stream.setEncoding('utf8');
      stream.on('response', (headers) => {
        status = headers[':status'];
      });
      stream.on('data', (text) => {
        body += text;
      });
      stream.on('error', () => {});
      stream.on('close', () => {
        const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
        if (status === undefined) reject(Object.assign(new Error('the connection was lost'), { refused }));
        else resolve({ status, reason: body === '' ? undefined : JSON.parse(body).reason });
      });
      stream.end(JSON.stringify(payload));
    });
  }

  #providerToken() {
    const { p8, keyId, teamId } = this.#options;
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    this.#token ??= (() => {
      const text = `${part({ alg: 'ES256', kid: keyId })}.${part({ iss: teamId, iat: Math.floor(Date.now() / 1000) })}`;
      const key = { key: createPrivateKey(p8), dsaEncoding: 'ieee-p1363' };
      return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
    })();
    return this.#token;
  }
}
