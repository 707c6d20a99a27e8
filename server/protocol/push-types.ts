interface PushTypeRow {
  readonly name: string;
  /** What the topic ends in after the bundle id; empty: the bundle id itself. */
  readonly suffix: string;
  /** Largest payload in bytes. */
  readonly limit: number;
  /** Values of `apns-priority` that may be given. */
  readonly priorities: readonly string[];
  /** Whether a connection with a client certificate may use it. */
  readonly certificate: boolean;
}

const ANY = ['10', '5', '1'] as const;

/** Push types of device pushes with topic, size and priority (SEND, apns-protocol 5.2). */
export const PUSH_TYPES = [
  { name: 'alert', suffix: '', limit: 4096, priorities: ANY, certificate: true },
  { name: 'background', suffix: '', limit: 4096, priorities: ['5'], certificate: true },
  { name: 'location', suffix: '.location-query', limit: 4096, priorities: ANY, certificate: false },
  { name: 'voip', suffix: '.voip', limit: 5120, priorities: ANY, certificate: true },
  { name: 'complication', suffix: '.complication', limit: 4096, priorities: ANY, certificate: true },
  { name: 'fileprovider', suffix: '.pushkit.fileprovider', limit: 4096, priorities: ANY, certificate: true },
  { name: 'mdm', suffix: '', limit: 4096, priorities: ANY, certificate: true },
  { name: 'liveactivity', suffix: '.push-type.liveactivity', limit: 4096, priorities: ANY, certificate: true },
  { name: 'pushtotalk', suffix: '.voip-ptt', limit: 4096, priorities: ANY, certificate: true },
  { name: 'widgets', suffix: '.push-type.widgets', limit: 4096, priorities: ANY, certificate: true },
  { name: 'controls', suffix: '.push-type.controls', limit: 4096, priorities: ANY, certificate: true },
] as const satisfies readonly PushTypeRow[];

export type PushType = PushTypeRow;

const BY_NAME = new Map<string, PushType>(PUSH_TYPES.map((row) => [row.name, row]));

export const pushType = (name: string): PushType | undefined => BY_NAME.get(name);

/** Every suffix that a topic can carry, longest first, so that `.voip-ptt` is not taken for `.voip`. */
export const TOPIC_SUFFIXES: readonly string[] = PUSH_TYPES.map((row) => row.suffix)
  .filter((suffix) => suffix !== '')
  .sort((a, b) => b.length - a.length);

/** The suffix that a topic ends in, or an empty string. */
export const suffixOf = (topic: string): string => TOPIC_SUFFIXES.find((suffix) => topic.endsWith(suffix)) ?? '';

/** The push type that a topic alone tells: each suffix belongs to one. */
export const pushTypeOf = (topic: string): PushType | undefined => {
  const suffix = suffixOf(topic);
  return suffix === '' ? undefined : PUSH_TYPES.find((row) => row.suffix === suffix);
};

/** The bundle id within a topic. */
export const bundleIdOf = (topic: string): string => topic.slice(0, topic.length - suffixOf(topic).length);

/** Whether there are topics, and all of them belong to this app. */
export const areOf = (bundleId: string, topics: readonly string[] | null): boolean =>
  topics !== null && topics.length > 0 && topics.every((topic) => bundleIdOf(topic) === bundleId);

/** Largest device payload when no push type is named: the ordinary limit (SEND). */
export const DEFAULT_PAYLOAD_LIMIT = 4096;
/** Largest broadcast payload (BCAST). Also the most that any judge ever needs to see of a body. */
export const BROADCAST_PAYLOAD_LIMIT = 5120;
