import type { Route } from '../protocol/endpoints.ts';
import type { AuthMode, Channel, Environment, Key, Profile, Request, StoragePolicy } from '../protocol/model.ts';
import type { PushType } from '../protocol/push-types.ts';
import type { ReasonName } from '../protocol/reasons.ts';
import type { Fields } from './fields.ts';
import type { Ports } from './ports.ts';
import type { CredentialReader, ProviderToken } from './provider-token.ts';
import type { Registry } from './registry.ts';
import type { TokenRefresh } from './scenario/model.ts';
import type { Session } from './sessions.ts';
import type { Spelled } from './targets.ts';

/** What stays the same from request to request. */
export interface Law {
  readonly profile: Profile;
  readonly auth: AuthMode;
  /** The environment when neither listener nor host name tells. */
  readonly environment: Environment;
  readonly registry: Registry;
  readonly credentials: CredentialReader;
  readonly ports: Ports;
  /** Changed by scenarios. */
  tokenRefresh: TokenRefresh;
  /** Tokens shown so far and when first, by key id; used when they count by key. */
  readonly tokensByKey: Map<string, Map<string, number>>;
}

/** One request under judgement: what is known at the start, and what the checks find out for those after them. */
export interface Situation {
  readonly at: number;
  readonly law: Law;
  readonly session: Session;
  readonly request: Request;
  /** The body is there. Without it the checks of the body pass. */
  readonly whole: boolean;
  readonly route: Route;
  readonly fields: Fields;
  readonly environment: Environment;
  readonly spelled: Spelled | undefined;

  token: ProviderToken | null;
  key: Key | undefined;
  pushType: PushType | undefined;
  /** Topic of a device push, bundle id of all else. */
  topic: string;
  channel: Channel | undefined;
  policy: StoragePolicy;
}

/** Why a check refuses a request. */
export interface Failure {
  readonly reason: ReasonName;
  /** One English sentence: what was wrong, with the value, and what would be right. */
  readonly why: string;
  /** Milliseconds; with status 410. */
  readonly timestamp?: number;
}

/** Looks at one thing. It may write what it learned into the situation, and nothing else anywhere. */
export type Check = (situation: Situation) => Failure | null;

export const fail = (reason: ReasonName, why: string): Failure => ({ reason, why });

/** A value as it is shown in a sentence: quoted, and cut when long. */
export const quote = (text: string): string => `"${text.length > 72 ? `${text.slice(0, 72)}…` : text}"`;
