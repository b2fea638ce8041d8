/** All lessons in their order. */

import { BEGINNING } from "./beginning";
import type { Lesson } from "./lesson";
import { TRAINING } from "./training";

export const LESSONS: Lesson[] = [...BEGINNING, ...TRAINING];

export const lessonOf = (name: string | null): Lesson | null => LESSONS.find((each) => each.name === name) ?? null;
