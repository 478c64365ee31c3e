/** The root topics of the games that are played here, as the service has put them into the document. */
export const roots = (document.querySelector<HTMLMetaElement>('meta[name="root-topics"]')?.content ?? '').split(' ').filter(Boolean);
