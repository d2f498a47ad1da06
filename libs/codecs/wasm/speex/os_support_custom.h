/* Speex takes its memory from the arena of the module and has nobody to talk to. */
#ifndef PARTYLINE_OS_SUPPORT_CUSTOM_H
#define PARTYLINE_OS_SUPPORT_CUSTOM_H

#define OVERRIDE_SPEEX_ALLOC
#define OVERRIDE_SPEEX_ALLOC_SCRATCH
#define OVERRIDE_SPEEX_REALLOC
#define OVERRIDE_SPEEX_FREE
#define OVERRIDE_SPEEX_FREE_SCRATCH
#define OVERRIDE_SPEEX_FATAL
#define OVERRIDE_SPEEX_WARNING
#define OVERRIDE_SPEEX_WARNING_INT
#define OVERRIDE_SPEEX_NOTIFY
#define OVERRIDE_SPEEX_PUTC

void *speex_alloc(int size);

static inline void *speex_alloc_scratch(int size) { return speex_alloc(size); }
/* Only a bit buffer that is too small is ever made larger, and no packet here fills one. */
static inline void *speex_realloc(void *old, int size) { return 0; }
static inline void speex_free(void *taken) {}
static inline void speex_free_scratch(void *taken) {}
static inline void _speex_fatal(const char *text, const char *file, int line) { __builtin_trap(); }
static inline void speex_warning(const char *text) {}
static inline void speex_warning_int(const char *text, int value) {}
static inline void speex_notify(const char *text) {}
static inline void _speex_putc(int character, void *file) {}

#endif
