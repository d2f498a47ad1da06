/**
 * Whether a page of this origin may connect. A browser always sends `Origin`; other programs need not, and
 * could send any, so an absent one is allowed.
 * @param origin the `Origin` header, empty if absent
 * @param host the `Host` header
 * @param allowed origins, or `*`; none means the edge's own host only
 */
export const originAllowed = (origin: string, host: string, allowed: readonly string[]): boolean => {
  if (origin === '' || allowed.includes('*') || allowed.includes(origin)) return true;
  if (allowed.length > 0) return false;
  // The scheme is not compared: behind a proxy that ends TLS the edge does not know its own.
  return (
    origin.slice(origin.indexOf('://') + 3).toLowerCase() === host.toLowerCase() && origin.includes('://')
  );
};
