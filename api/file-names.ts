/** Names of files as people give them: kept for people, never used as a path. */

const MAX_LENGTH = 200;

/** Without folders, control characters and marks that reverse the reading direction. Null when nothing is left. */
export function shownFileName(given: string): string | null {
  const name = given
    .toWellFormed()
    .normalize('NFC')
    .replaceAll(/^.*[/\\]/g, '')
    // An RTL mark would show `fdp.exe` as `exe.pdf`.
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
    .trim();
  if (name === '' || name === '.' || name === '..') return null;
  const letters = Array.from(name);
  if (letters.length <= MAX_LENGTH) return name;
  const extension = /\.[A-Za-z0-9]{1,8}$/.exec(name)?.[0] ?? '';
  return letters.slice(0, MAX_LENGTH - extension.length).join('') + extension;
}

/** RFC 6266 with RFC 5987: old clients read the ASCII name, all others the true one. */
export function attachment(name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]/g, '_').replaceAll(/["\\]/g, '_');
  const true_ = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${true_}`;
}
