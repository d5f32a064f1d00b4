// What the page says, in English and Korean.
import { en } from './words-en.js'
import { ko } from './words-ko.js'

export const languages = { en, ko }
