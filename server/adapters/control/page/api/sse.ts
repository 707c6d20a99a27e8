/** One server-sent event. */
export interface Sent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** Pieces of a stream in, whole events out. */
export function createParser(): (piece: string) => readonly Sent[] {
  let rest = '';
  let event = '';
  let id = '';
  let data: string[] = [];
  return (piece) => {
    const out: Sent[] = [];
    const lines = (rest + piece).split(/\r\n|\n|\r/);
    rest = lines.pop() as string;
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) out.push({ event: event === '' ? 'message' : event, id, data: data.join('\n') });
        event = '';
        data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'data') data.push(value);
      else if (field === 'event') event = value;
      else if (field === 'id') id = value;
    }
    return out;
  };
}
