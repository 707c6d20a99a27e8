import { nearest } from '../../options/near.ts';

/** What `{{name}}` in the value of `--env` may stand for. */
export const PLACEHOLDERS = {
  sendUrl: 'where device pushes and broadcasts go, such as https://127.0.0.1:40001',
  sendHost: 'its host',
  sendPort: 'its port',
  manageUrl: 'where the channels of the sandbox are managed',
  managePort: 'its port',
  manageProductionUrl: 'where the channels of production are managed',
  manageProductionPort: 'its port',
  controlUrl: 'the control API and the page',
  controlPort: 'its port',
  h2cUrl: 'cleartext HTTP/2; empty without --h2c-port',
  proxyUrl: "the proxy that leads Apple's names here; empty without --proxy-port",
  ca: 'the file with the certificate to trust',
  bundle: 'a file with that certificate and all that was trusted before',
  trustStore: 'the same for Java, a JKS file; its password is changeit',
  keyFile: 'the file with the provider key, .p8',
  key: 'the provider key itself, PEM',
  keyId: 'its id',
  teamId: 'its team',
  clientCert: 'the file with the client certificate, for mutual TLS',
  clientKey: 'the file with its key',
} as const;

export type Placeholder = keyof typeof PLACEHOLDERS;
export type Facts = Readonly<Record<Placeholder, string>>;

/** Text and placeholders by turns, beginning and ending with text. */
export interface Template {
  readonly texts: readonly string[];
  readonly names: readonly Placeholder[];
}

export function readTemplate(text: string): Template | { readonly problem: string } {
  const parts = text.split(/\{\{\s*([\w.-]*)\s*\}\}/);
  const names = parts.filter((_, index) => index % 2 === 1);
  const unknown = names.find((name) => !Object.hasOwn(PLACEHOLDERS, name));
  if (unknown !== undefined) {
    const all = Object.keys(PLACEHOLDERS);
    const near = nearest(unknown, all);
    const hint = near === null ? `there are ${all.join(', ')}` : `did you mean {{${near}}}?`;
    return { problem: `there is no {{${unknown}}}; ${hint}` };
  }
  return { texts: parts.filter((_, index) => index % 2 === 0), names: names as Placeholder[] };
}

export const fillIn = ({ texts, names }: Template, facts: Facts): string =>
  texts.map((text, index) => text + (names[index] === undefined ? '' : facts[names[index]])).join('');
