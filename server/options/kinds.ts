/** What a value may look like: how it is read, how to say what is allowed. A kind reads text and knows no option. */
export interface Kind<T> {
  /** Stands for the value in the usage text; null for a switch, which may stand without a value. */
  readonly placeholder: string | null;
  /** Completes "give …". */
  readonly allowed: string;
  /** The whole set, where there is one: for suggestions. */
  readonly choices?: readonly string[];
  /** `undefined` when the text is not of this kind. */
  readonly read: (text: string) => T | undefined;
}

export function choice<const T extends string>(...choices: T[]): Kind<T> {
  return {
    placeholder: choices.join('|'),
    allowed: choices.join(', ').replace(/, ([^,]*)$/, ' or $1'),
    choices,
    read: (text) => choices.find((each) => each === text),
  };
}

export function integer(from: number, to: number): Kind<number> {
  return {
    placeholder: 'N',
    allowed: `a whole number from ${from} to ${to}`,
    read: (text) => {
      const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
      return value >= from && value <= to ? value : undefined;
    },
  };
}

export const port: Kind<number> = {
  ...integer(0, 65_535),
  placeholder: 'PORT',
  allowed: 'a port from 0 (any free one) to 65535',
};

export const portOrOff: Kind<number | null> = {
  ...port,
  allowed: `${port.allowed}, or off`,
  read: (text) => (text === 'off' ? null : port.read(text)),
};

export const ports: Kind<readonly number[]> = {
  placeholder: 'PORT,…',
  allowed: `${port.allowed}, or several with commas`,
  read: (text) => {
    const values = text.split(',').map((part) => port.read(part.trim()));
    return values.every((value) => value !== undefined) ? values : undefined;
  },
};

const SWITCH_WORDS: Readonly<Record<string, boolean>> = {
  1: true,
  true: true,
  yes: true,
  on: true,
  0: false,
  false: false,
  no: false,
  off: false,
};

const readSwitch = (text: string): boolean | undefined => {
  const word = text.toLowerCase();
  return Object.hasOwn(SWITCH_WORDS, word) ? SWITCH_WORDS[word] : undefined;
};

export const onOff: Kind<boolean> = {
  placeholder: null,
  allowed: '1, true, yes or on, or 0, false, no or off',
  read: readSwitch,
};

/** A switch called `no-…`: giving it makes the value false. */
export const offOn: Kind<boolean> = {
  ...onOff,
  read: (text) => {
    const given = readSwitch(text);
    return given === undefined ? undefined : !given;
  },
};

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

export const bytes: Kind<number> = {
  placeholder: 'SIZE',
  allowed: 'a number of bytes, at least 1, with or without kB, MB, GB (thousands) or KiB, MiB, GiB (1024s)',
  read: (text) => {
    const [, digits, unit] = /^(\d{1,16}(?:\.\d+)?) ?([kmg]?i?b|)$/i.exec(text) ?? [];
    const factor = UNITS[unit?.toLowerCase() ?? 'none'];
    const value = factor === undefined ? Number.NaN : Number(digits) * factor;
    return Number.isSafeInteger(value) && value >= 1 ? value : undefined;
  },
};

export const host: Kind<string> = {
  placeholder: 'HOST',
  allowed: 'an address or a name, without scheme, port or brackets',
  read: (text) => {
    const isName = /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i.test(text);
    const looksLikeIpv6 = /^[0-9a-f:.]+(%[\w.-]+)?$/i.test(text) && (text.match(/:/g)?.length ?? 0) >= 2;
    return isName || looksLikeIpv6 ? text : undefined;
  },
};

export const hosts: Kind<readonly string[]> = {
  placeholder: 'HOST,…',
  allowed: 'addresses and names, several with commas',
  read: (text) => {
    const parts = text.split(',').map((part) => host.read(part.trim()));
    return parts.every((part) => part !== undefined) ? parts : undefined;
  },
};

/** Text that may have line breaks in it. */
export const text = (placeholder: string): Kind<string> => ({
  placeholder,
  allowed: 'text that is not empty',
  read: (given) => (given.trim() === '' ? undefined : given),
});

export const path = (placeholder: string): Kind<string> => ({
  placeholder,
  allowed: 'a path',
  read: (text) => (text.trim() === '' || text.includes('\0') ? undefined : text),
});

export const names: Kind<readonly string[]> = {
  placeholder: 'NAME,…',
  allowed: 'host names, several with commas; .name stands for all that end so',
  read: (text) => {
    const parts = text.split(',').map((part) => part.trim().toLowerCase());
    return parts.every((part) => /^\.?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(part)) ? parts : undefined;
  },
};
