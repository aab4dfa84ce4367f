/** Why a scrape failed: the target is down (`up` 0) and every series of it ends. */
export class ScrapeError extends Error {}
