/** The few forms of Markdown that generated pages need. */

/** A table whose columns line up in plain text too. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => widthOf(row[column] ?? ''))));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => pad(row[column] ?? '', width)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(cells[0] as string[]), rule, ...cells.slice(1).map(line)].join('\n');
}

export const code = (text: string): string => `\`${text}\``;
export const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** All letters that these pages use are one column wide. */
const widthOf = (text: string): number => [...text].length;

/** Breaks a paragraph into lines; code stays whole, and no line begins with what would be an item of a numbered list. */
export function wrap(text: string, indent = '', width = 118): string {
  const lines: string[] = [''];
  for (const word of text.split(/ (?!\d+\.(?: |$))(?=(?:[^`]*`[^`]*`)*[^`]*$)/)) {
    const line = lines.at(-1) as string;
    if (line.trim() !== '' && widthOf(line) + 1 + widthOf(word) > width) lines.push(indent + word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}

export const GENERATED =
  '<!-- Drawn from the tables of the server. Do not edit: node --import tsx test/docs/generate.ts --write -->';
