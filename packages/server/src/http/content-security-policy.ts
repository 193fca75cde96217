type Policy = Readonly<Record<string, string[]>>;

/** The policy for the page; `styleSource` is what allows the style elements that Mantine adds. Scripts are files only. */
export function contentSecurityPolicy(styleSource: string): Policy {
  return {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'", styleSource],
    // Chart tooltips are HTML with style attributes.
    'style-src-attr': ["'unsafe-inline'"],
    'img-src': ["'self'", 'data:', 'blob:'],
    'font-src': ["'self'"],
    'connect-src': ["'self'"],
    'manifest-src': ["'self'"],
    'worker-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
    'object-src': ["'none'"],
  };
}

/** For answers that are not the page: nothing may be loaded or run. */
export const DATA_POLICY: Policy = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"], 'style-src': ["'unsafe-inline'"] };

/** The policy as the value of a header. */
export function formatPolicy(policy: Policy): string {
  return Object.entries(policy)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join(';');
}
