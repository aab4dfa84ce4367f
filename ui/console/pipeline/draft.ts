/** A pipeline that is being edited. */
export interface Draft {
  readonly text: string;
  readonly comment: string;
  /** The version that it began from; 0: there was none. */
  readonly baseVersion: number;
  readonly baseText: string;
}
