/**
 * V8 forgets the shape of a class when a collection finds no object of it, and throws away all compiled code that counted
 * on the shape. Objects that live for one push are nearly always gone by then: at the gateway each major collection, one in
 * 350 pushes with changed bodies, sent the hot loops back to the interpreter. So such a class keeps one empty object.
 */
const kept: object[] = [];

/** `example` must have fields of the same kinds as the real ones: a fraction or a large number where those have some. */
export function keepShape(example: object): void {
  kept.push(example);
}
