import { SPELLED_FAULTS, spellBundleId, spellChannelId, spellDeviceToken } from '../core/targets.ts';
import { FAMILIES, type Family } from '../protocol/model.ts';
import { REASONS, type ReasonRow } from '../protocol/reasons.ts';

/** `mock-apns reasons`: every reason, when it arises by itself, and the target that forces it. */
export function reasons(json: boolean): string {
  return json ? `${JSON.stringify(rows(), null, 2)}\n` : text();
}

interface Targets {
  readonly deviceToken?: string;
  readonly channelId?: string;
  readonly bundleId?: string;
}

const targetsOf = (name: string, families: readonly Family[]): Targets => ({
  ...(families.includes('device') ? { deviceToken: spellDeviceToken(name) } : {}),
  ...(families.includes('broadcast') || families.includes('channels')
    ? { channelId: spellChannelId(name), bundleId: spellBundleId(name) }
    : {}),
});

function rows(): object[] {
  return [
    ...(REASONS as readonly ReasonRow[]).map((row) => ({
      reason: row.name,
      status: row.status,
      families: row.families,
      evidence: row.evidence,
      profile: row.profile ?? 'both',
      retry: row.retry,
      meaning: row.meaning,
      arises: row.arises,
      source: row.source,
      targets: targetsOf(row.name, row.families),
    })),
    ...SPELLED_FAULTS.map((row) => ({
      fault: row.name,
      meaning: `The request ${row.says}.`,
      targets: targetsOf(row.name, FAMILIES),
    })),
  ];
}

function text(): string {
  const out: string[] = [
    'Every reason APNs answers, the condition under which it arises by itself, and the target that forces it.',
    'A device token goes into the path, a channel id into apns-channel-id, a bundle id into the path.',
    '',
  ];
  for (const row of REASONS as readonly ReasonRow[]) {
    const notes = [
      row.families.join(', '),
      row.evidence,
      ...(row.profile === undefined ? [] : [`${row.profile} profile`]),
      `retry: ${row.retry}`,
    ];
    out.push(`${row.status} ${row.name}  (${notes.join('; ')})`, `    ${row.meaning}`);
    out.push(
      `    by itself: ${row.arises ?? 'never; only when forced'}`,
      ...targetLines(targetsOf(row.name, row.families)),
      '',
    );
  }
  for (const row of SPELLED_FAULTS)
    out.push(`${row.name}  (fault)`, `    The request ${row.says}.`, ...targetLines(targetsOf(row.name, FAMILIES)), '');
  return out.join('\n');
}

const LABELS = { deviceToken: 'device token', channelId: 'channel id', bundleId: 'bundle id' } as const;

const targetLines = (targets: Targets): string[] =>
  Object.entries(targets).map(([kind, value]) => `    ${LABELS[kind as keyof Targets].padEnd(13)}${value}`);
