// After the service was upgraded, an old page would not know what the new one says: it reads itself anew.

/** Is this page no longer the one that the service has? When that cannot be found out, it stays. */
export async function outdated(fetching: typeof fetch = fetch): Promise<boolean> {
  const own = document.querySelector<HTMLScriptElement>('script[type="module"][src]')?.getAttribute('src');
  if (!own) return false;
  try {
    const answer = await fetching('/', { cache: 'no-store' });
    return answer.ok && !(await answer.text()).includes(own);
  } catch {
    return false;
  }
}
