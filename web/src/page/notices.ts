/** Notices to the reader. */

/** Those that stand at once; of more, the latest. */
const MOST = 3;

/** The notices with another, which stands once. */
export const noticed = (notices: string[], message: string): string[] =>
  [...notices.filter((each) => each !== message), message].slice(-MOST);
