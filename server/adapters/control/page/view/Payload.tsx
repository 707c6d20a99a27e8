import type { Placed } from '../text/advice-place.ts';
import { pathText } from '../text/advice-place.ts';
import { jsonLines } from '../text/json-lines.ts';
import { Remark } from './Remark.tsx';

/** The body, formatted, with advice below the key that it is about. All of it is text; none of it is markup. */
export function Payload({ value, name, placed = [] }: { value: unknown; name: string; placed?: readonly Placed[] }) {
  if (value === null || value === undefined) return <p class="muted">No body.</p>;
  if (typeof value === 'string')
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      <pre class="code raw" tabIndex={0}>
        {value}
      </pre>
    );
  const lines = jsonLines(value);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="code" aria-label={name} tabIndex={0}>
      {lines.map(({ depth, words, path }, index) => {
        const remarks = path === null ? [] : placed.filter((each) => each.path === pathText(path));
        return (
          <div class="code-line" key={index} data-advised={remarks.length > 0}>
            <span class="code-number" data-n={index + 1} />
            <span class="code-text" style={{ paddingLeft: `${depth * 2}ch` }}>
              {words.map(({ is, text }, place) => (
                <span key={place} class={`w-${is}`}>
                  {text}
                </span>
              ))}
              {remarks.map(({ advice }) => (
                <Remark key={advice.id} advice={advice} />
              ))}
            </span>
          </div>
        );
      })}
    </section>
  );
}
