/** Owns the `Content-Disposition` of a file (RFC 6266): whether a browser may show it, and the name under which it is stored. */

/** The types that a browser only draws or plays. All others, SVG and HTML among them, could run something on this origin: they are only ever downloaded. */
const shown =
  /^(?:image\/(?:apng|avif|bmp|gif|heic|heif|jpeg|jxl|png|tiff|webp|x-icon)|(?:audio|video)\/[a-z0-9.+-]+)$/;

export function isShown(type: string): boolean {
  return shown.test(type);
}

export function dispositionOf(type: string, name: string): string {
  // For a program that knows no `filename*`. Quotes, backslashes and percent signs are read differently by different ones.
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  return `${isShown(type) ? "inline" : "attachment"}; filename="${plain}"; filename*=UTF-8''${extended(name)}`;
}

/** As RFC 8187 writes a text in a header. */
function extended(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
