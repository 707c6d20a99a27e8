import type { ComponentChildren } from 'preact';

/** The frame of every view but the list: a title, a sentence, tools, and what it is about. */
export function Page({
  title,
  says,
  tools,
  children,
}: {
  title: string;
  says: ComponentChildren;
  tools?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <div class="page">
      <header class="page-head">
        <div>
          <h1>{title}</h1>
          <p class="muted">{says}</p>
        </div>
        <div class="page-tools">{tools}</div>
      </header>
      {children}
    </div>
  );
}
