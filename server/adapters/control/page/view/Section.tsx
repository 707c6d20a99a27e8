import type { ComponentChildren } from 'preact';

/** A part of an opened exchange, with its heading. */
export function Section({
  title,
  note,
  tools,
  children,
}: {
  title: string;
  note?: string | undefined;
  tools?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <section class="section">
      <header class="section-head">
        <h3>{title}</h3>
        {note === undefined ? null : <span class="muted">{note}</span>}
        <span class="section-tools">{tools}</span>
      </header>
      {children}
    </section>
  );
}
