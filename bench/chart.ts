/** A line chart as SVG: sizes from left to right, each ten times the last, and what a request costs. */

export interface Line {
  readonly name: string;
  /** Size, and the value there. */
  readonly points: readonly (readonly [number, number])[];
}

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 56;
const RIGHT = 190;
const TOP = 40;
const BOTTOM = 44;
const COLOURS = ['#0969da', '#bc4c00', '#1a7f37', '#8250df', '#bf3989', '#57606a', '#9a6700'];
/** Labels that would lie on each other are moved this far apart. */
const LABEL = 15;

export function chart(title: string, lines: readonly Line[]): string {
  const sizes = lines.flatMap(({ points }) => points.map(([size]) => size));
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const decades = Math.ceil(Math.log10(Math.max(...sizes)));
  const most = Math.max(2, Math.ceil(Math.max(...values)));
  const x = (size: number): number => LEFT + (Math.log10(size) / decades) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => HEIGHT - BOTTOM - (value / most) * (HEIGHT - TOP - BOTTOM);
  const text = (at: number, up: number, what: string, more = ''): string =>
    `<text x="${at.toFixed(0)}" y="${up.toFixed(0)}"${more}>${what}</text>`;

  const across = Array.from({ length: most * 2 + 1 }, (_, n) => n / 2).map(
    (value) =>
      `<path d="M${LEFT} ${y(value).toFixed(1)}H${WIDTH - RIGHT}" stroke="${value === 1 ? '#8c959f' : '#e7eaee'}"/>` +
      text(LEFT - 8, y(value) + 4, value.toFixed(1), ' text-anchor="end"'),
  );
  const below = Array.from({ length: decades + 1 }, (_, n) => 10 ** n).map((size) =>
    text(x(size), HEIGHT - BOTTOM + 18, size.toLocaleString('en'), ' text-anchor="middle"'),
  );
  const labels = spread(lines.map(({ points }) => y(points.at(-1)?.[1] ?? 0)));
  const drawn = lines.map(({ name, points }, index) => {
    const colour = COLOURS[index % COLOURS.length] as string;
    const path = points.map(([size, value]) => `${x(size).toFixed(1)} ${y(value).toFixed(1)}`);
    const dots = points.map(
      ([size, value]) => `<circle cx="${x(size).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3"/>`,
    );
    const end = x(points.at(-1)?.[0] ?? 1);
    return [
      `<g fill="${colour}"><path d="M${path.join('L')}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}`,
      `<path d="M${(end + 5).toFixed(1)} ${y(points.at(-1)?.[1] ?? 0).toFixed(1)}L${WIDTH - RIGHT + 6} ${(labels[index] as number).toFixed(1)}" stroke="${colour}" stroke-opacity="0.35"/>`,
      `${text(WIDTH - RIGHT + 10, (labels[index] as number) + 4, name)}</g>`,
    ].join('\n');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#24292f">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(LEFT, 22, title, ' font-size="14" font-weight="600"'),
    ...across,
    ...below,
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, 'how many there are', ' text-anchor="middle"'),
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

/** Heights for labels, near where they belong and never on each other. */
function spread(wanted: readonly number[]): readonly number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => (wanted[a] as number) - (wanted[b] as number));
  const placed = [...wanted];
  let last = Number.NEGATIVE_INFINITY;
  for (const index of order) {
    placed[index] = Math.max(wanted[index] as number, last + LABEL);
    last = placed[index] as number;
  }
  const over = last - (HEIGHT - BOTTOM);
  return over > 0 ? placed.map((height) => height - over) : placed;
}
