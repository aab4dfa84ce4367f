/** A URL may hold a user and a password where the type of an argument does not say secret: `proxy_url`. */

/** Bounded, because texts of anybody come here. A password that was not encoded may have a slash in it. */
const USER = /([a-z]:\/\/)((?:[^\s"`/@:]{0,256}:[^\s"`@]{0,256}|[^\s"`/@]{1,256}))(?=@)/gi;

export function withoutUrlPasswords(text: string, hide: (user: string) => string = () => '(secret)'): string {
  return text.replace(USER, (_, scheme: string, user: string) => scheme + hide(user));
}
