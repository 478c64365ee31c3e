// The language that is shown. A second one is a file like `en.ts` of the type `Texts`, and a choice here.
import { en } from './en';

export type Texts = typeof en;
export const texts: Texts = en;
