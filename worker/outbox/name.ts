/**
 * The name of an outbox's object. JSON of a pair, because joining with any character would let `a/b`+`c` meet `a`+`b/c`
 * and one tenant write into another's outbox.
 */
export function outboxName(tenant: string, destination: string): string {
  return JSON.stringify([tenant, destination]);
}
