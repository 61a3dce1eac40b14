/* SPDX-License-Identifier: ISC */
/* questions.h - what bench-tern can be asked; see bench/README.md */
#ifndef BENCH_QUESTIONS_H
#define BENCH_QUESTIONS_H

void question_bulk(void);
void question_rr(void);
void question_crr(void);
void question_memory(void);
void question_millions(void);
void question_timers(void);
void question_scale(void);
void question_pause(void);
void question_tun(void);
void question_work(void);

#endif
