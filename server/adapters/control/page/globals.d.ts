/** What each check makes sure of, by name; put in by build.ts. */
declare const __CHECKS__: Readonly<Record<string, string>>;
declare module '*.css';
