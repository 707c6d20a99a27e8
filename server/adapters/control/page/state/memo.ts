import { Component, type ComponentType, createElement, type VNode } from 'preact';

/** Draws again only when a property has changed. */
export function memo<P extends object>(Inner: (props: P) => VNode | null): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const now = this.props as Record<string, unknown>;
      const then = next as Record<string, unknown>;
      return Object.keys(then).some((name) => now[name] !== then[name]);
    }
    override render(): VNode {
      return createElement(Inner as ComponentType<P>, this.props as P) as VNode;
    }
  };
}
