import { readFileSync } from 'node:fs';
import { UsageError } from '../../options/table.ts';
import { pemBlocks, takeApart } from '../../shell/certs-read.ts';
import { KeyError, signProviderToken, type TokenOptions } from '../../shell/crypto.ts';

/** What `send` is given: each mistake names the flag, the file, and what belongs there. */

/** `undefined` where it is none: text that `node:http2` would refuse, or of which it would leave a part aside. */
export function readBaseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, pathname, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${pathname}${search}${hash}` === '/' ? text : undefined;
}

/** @throws UsageError */
export function readFile(file: string, flag: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError([`${flag}: ${file} cannot be read (${said(error)})`]);
  }
}

/** The value of `authorization`, signed with the key in a file. @throws UsageError */
export function bearerWith(file: string, claims: Omit<TokenOptions, 'p8'>): string {
  const p8 = readFile(file, '--key');
  try {
    return `bearer ${signProviderToken({ ...claims, p8 })}`;
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    throw new UsageError([
      `--key: ${file} is no provider key: give the .p8 file with the private key to sign with. ${error.message}`,
    ]);
  }
}

/** A file without a certificate would be taken without a word, and the handshake fail as if it held a wrong one. @throws UsageError */
export function readCa(file: string, controlUrl: string): string {
  const text = readFile(file, '--ca');
  const read = pemBlocks(text).map((pem) => takeApart(Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')));
  const wrong = read.flatMap((one) => ('error' in one ? [one.error] : []));
  if (wrong.length < read.length) return text;
  const why = wrong[0] ?? 'there is no "-----BEGIN CERTIFICATE-----" in it';
  throw new UsageError([
    `--ca: ${file} holds no certificate in PEM (${why}); that of a mock-apns is to be had at ${controlUrl}/ca.pem`,
  ]);
}

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));
