/**
 * Work that takes long, such as reading the whole journal. It yields wherever it may be put down, and whoever runs it
 * decides when it is taken up again. What it reads may have changed meanwhile, so that it goes on from a number, and
 * never from a place.
 */
export type Work<T> = Generator<undefined, T, undefined>;

/** All of it at once. */
export function finish<T>(work: Work<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** What becomes of each, one at a time. */
export function* each<A, B>(list: Iterable<A>, make: (one: A) => B): Work<B[]> {
  const made: B[] = [];
  for (const one of list) {
    made.push(make(one));
    yield;
  }
  return made;
}

/** Those that pass, one at a time. */
export function* those<A>(list: Iterable<A>, pass: (one: A) => boolean): Work<A[]> {
  const found: A[] = [];
  for (const one of list) {
    if (pass(one)) found.push(one);
    yield;
  }
  return found;
}
