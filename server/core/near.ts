/** No name of ours is half as long, and the work grows with the length. */
const LONGEST = 200;

/** The candidate that was probably meant, or null when none is near. */
export function nearest(given: string, candidates: readonly string[]): string | null {
  const wanted = plain(given.slice(0, LONGEST + 1));
  // One number is as good as another.
  if (wanted === '' || wanted.length > LONGEST || /^[\d.]+$/.test(wanted)) return null;
  let best: string | null = null;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const known = plain(candidate);
    // Half a word is a mistake, too: a beginning counts as near, the shorter rest as nearer.
    const cut = wanted.length >= 3 && known.startsWith(wanted) ? 1 - 1 / (1 + known.length) : Number.POSITIVE_INFINITY;
    const far = Math.min(distance(wanted, known), cut);
    if (far < least) {
      best = candidate;
      least = far;
    }
  }
  return best;
}

/** Case, dashes, underscores and our prefix are not what a typo is about. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('_', '-')
    .replace(/^-+/, '')
    .replace(/^mock-apns-/, '');
}

/** Insertions, deletions, replacements and swapped neighbours, each 1 (optimal string alignment). */
export function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
