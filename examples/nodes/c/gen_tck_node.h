/*
 * gen_tck_node.h - how a program in C plays a node for gen-tck: the protocol, version 1.1, in one file.
 *
 * In one source file of the program:
 *
 *     #define GEN_TCK_NODE_IMPLEMENTATION
 *     #include "gen_tck_node.h"
 *
 * and in the others the #include alone. POSIX and C11; nothing else is needed.
 *
 * The program is one thread with one event loop, gt_run(). A process is an object with a mailbox. A call is a function
 * that is given a gt_call: it answers at once, by gt_return(), gt_raise() or gt_fail(), or keeps the call (gt_keep),
 * and answers later, when a file is ready (gt_watch) or time has passed (gt_after).
 *
 * Terms are written with a format that looks like Erlang:
 *
 *     ~a  an atom: const char *                        ~b  a binary: const char *, size_t
 *     ~i  an integer: long long                        ~s  the same bytes as a list: const char *, size_t
 *     ~h  a pid, port or reference: long, its handle   ~t  a term that is JSON already: const char *, size_t
 *
 *     gt_return(call, "{ok,{~a,[~i,1],'Quoted'}}", "name", 5LL);
 *     gt_send(process, socket, "{tcp,~h,~b}", handle, data, length);
 */
#ifndef GEN_TCK_NODE_H
#define GEN_TCK_NODE_H

#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

/* The limits of the protocol: whatever passes one of them ends the program, with a line on standard error. */
#define GT_MAX_LINE 67108864
#define GT_MAX_NESTING 200
#define GT_MAX_VALUES 1000000
#define GT_MAX_MESSAGES 100000
#define GT_MAX_ARGUMENTS 4

/* Terms as they come. They, and all they point to, are there until the function that is given them returns. */

typedef enum {
    GT_INTEGER,
    GT_FLOAT,
    GT_ATOM,
    GT_BINARY,
    GT_TUPLE,
    GT_LIST,
    GT_IMPROPER, /* the elements, then the tail */
    GT_MAP,      /* tuples of two */
    GT_HANDLE
} gt_kind;

typedef struct gt_term gt_term;
struct gt_term {
    gt_kind kind;
    const char *json; /* how it was said: to say it again, ~t with json_length */
    size_t json_length;
    const char *bytes; /* the name of an atom, in UTF-8 and ended by a zero; the bytes of a binary */
    size_t length;
    long long number; /* an integer, if it fits; a handle */
    bool fits;
    size_t count; /* of elements, the first of which is here; each leads to the next */
    const gt_term *first;
    const gt_term *next;
};

bool gt_is_atom(const gt_term *term, const char *name);
/* Whether it is an integer from low to high. */
bool gt_is_integer(const gt_term *term, long long low, long long high);
/* Element number, from 0 on, of a tuple or list; NULL if it has fewer. */
const gt_term *gt_item(const gt_term *term, size_t number);
/* What gt_new_handle() was given; NULL if it is no handle of this type. */
void *gt_object(const gt_term *term, const char *type);
/* The bytes of iodata; NULL if it is none. */
const char *gt_iodata(const gt_term *term, size_t *length);

/* Text that grows, for terms that no format can say: build the JSON, and give it as ~t. */

typedef struct {
    char *at;
    size_t length, room;
} gt_text;

void gt_add(gt_text *text, const char *bytes, size_t length);
void gt_format(gt_text *text, const char *format, ...);

/* Processes */

typedef struct gt_call gt_call;
typedef struct gt_process gt_process;
struct gt_process {
    long handle;
    bool ended, trap_exit;
    gt_call *call; /* under way */
    struct gt__message *first, *last;
    size_t messages;
    gt_process *next;
};

/* A process of a term; NULL if it is no pid. */
gt_process *gt_process_of(const gt_term *term);
/* A message; about says which object it concerns, for gt_move_messages(), or is NULL. */
void gt_send(gt_process *process, const void *about, const char *format, ...);
void gt_move_messages(gt_process *from, gt_process *to, const void *about);
/* A new handle, whose kind is "pid", "port" or "ref". It is forgotten at clear, and the object is yours to free. */
long gt_new_handle(const char *kind, const char *type, void *object);

/* Calls */

struct gt_call {
    gt_process *process;
    const gt_term *args[GT_MAX_ARGUMENTS];
    int arity;
    void (*cancel)(void *data); /* its process ends, or all is cleared: forget the call, which will be freed */
    void *data;
    char *id;
};

/*
 * The arguments, one for each letter. If one is not as it should be, the call raises error:function_clause (exit:badarg
 * where options are at fault), and it is false: there is no call any more.
 *
 *     o  an object: const char *type, and where to put it      i  an integer from 0 on: long long *
 *     p  a process: gt_process **                              t  milliseconds, or -1 for infinity: long long *;
 *     v  any term: const gt_term **                               it need not be there
 *     d  iodata: const char **, which is NULL for what is none, and size_t *
 *     l  a list of options: gt_set_option *, and what it sets them in: void *
 */
bool gt_arguments(gt_call *call, const char *letters, ...);

/* Options are pairs of a name and a value. An atom is its word, with GT_NO_NUMBER; an integer a number, with NULL for
 * the word; a pair of an atom and an integer has both; whatever else has the word "" and GT_NO_NUMBER. A name alone is
 * a pair with true. These two set and get one; false: there is none of this name, or it has no such value. */
#define GT_NO_NUMBER LLONG_MIN
typedef bool gt_set_option(void *options, const char *name, const char *word, long long number);
typedef bool gt_get_option(const void *options, const char *name, const char **word, long long *number);
bool gt_set_options(const gt_term *list, gt_set_option *set, void *options);
/* The pairs for a list of names, as JSON to be freed; the text is empty if one of them is none. */
gt_text gt_get_options(const gt_term *names, gt_get_option *get, const void *options);

/* Keep the call to answer it later, with data of yours; not if data is NULL: then it has been answered already. */
void gt_keep(gt_call *call, void *data, void (*cancel)(void *data));

/* Each answers the call, once, and frees it. */
void gt_return(gt_call *call, const char *format, ...);
void gt_raise(gt_call *call, const char *kind, const char *format, ...); /* "error", "exit" or "throw" */
void gt_fail(gt_call *call, const char *why); /* it cannot be done at all: not the fault of whoever calls */

/* The event loop */

/* Have ready(data, events) called when poll() finds some of the events; with events 0 not any more. */
void gt_watch(int fd, short events, void (*ready)(void *data, short events), void *data);

typedef struct gt_timer gt_timer; /* to be part of something of yours, zeroed at first */
struct gt_timer {
    long long due; /* in nanoseconds */
    void (*ring)(void *data);
    void *data;
    gt_timer *next;
    bool set;
};

/* Have ring(data) called once, when so many milliseconds have passed. */
void gt_after(gt_timer *timer, long long milliseconds, void (*ring)(void *data), void *data);
void gt_stop(gt_timer *timer);

/* The node */

typedef struct {
    const char *call; /* as the kit names it: "gen_tcp.recv/3" */
    void (*run)(gt_call *call);
} gt_function;

typedef struct {
    const char *name, *version;
    const char *const *profiles;        /* ended by NULL */
    const gt_function *functions;       /* ended by {NULL, NULL}: the calls that are claimed */
    void (*ended)(gt_process *process); /* a process has ended: end what it owned */
    void (*clear)(void);                /* end all there is, at once, and free it */
} gt_node;

/* Plays the node until the kit has had enough; what main() returns. */
int gt_run(const gt_node *node);

#endif

#ifdef GEN_TCK_NODE_IMPLEMENTATION

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define GT__QUIET_ROUNDS 2
#define GT__BUSY_NANOSECONDS 100000000LL /* after which a settle says that there is no rest */
#define GT__UNSENT 1048576               /* no request is read while more than this waits to be written */

/* What is only here within a request: JSON that is read, in an arena. */

typedef enum { GT__OBJECT = 100, GT__STRING, GT__ARRAY, GT__WORD } gt__json_kind;

typedef struct gt__value gt__value;
struct gt__value {
    gt_term term; /* first, so that one is the other */
    const char *key;
    size_t key_length;
};

typedef struct gt__chunk gt__chunk;
struct gt__chunk {
    gt__chunk *next;
    size_t used, room;
    char bytes[];
};

typedef struct {
    const char *at, *end;
    size_t values;
} gt__reader;

typedef struct gt__message gt__message;
struct gt__message {
    gt__message *next;
    const void *about;
    size_t length;
    char json[];
};

typedef struct gt__tie gt__tie; /* a link, a monitor, or a name */
struct gt__tie {
    enum { GT__LINK, GT__MONITOR, GT__NAME } kind;
    gt_process *from, *to; /* a monitor: who watches whom; a name: to has it */
    long reference;
    char *name;
    gt__tie *next;
};

typedef struct gt__settle gt__settle;
struct gt__settle {
    char *id;
    long long began;
    gt__settle *next;
};

typedef struct {
    short events;
    void (*ready)(void *data, short events);
    void *data;
} gt__watched;

typedef struct {
    const char *kind, *type;
    void *object;
} gt__handle;

static struct {
    const gt_node *node;
    int in, out;
    gt_text input, output;
    size_t scanned; /* of the input there is no newline so far */
    gt__chunk *arena;
    gt__handle *handles;
    long handle_base, handle_count, handle_room;
    gt_process *processes;
    gt__tie *ties;
    long outside; /* the handle of whoever sends exit signals from outside */
    gt__watched *watched;
    int watched_room;
    struct pollfd *polled;
    gt_timer *timers;
    gt__settle *settling;
    int near, far; /* the two ends of a loopback connection to oneself */
    bool pinged, back, active, stopped;
    int quiet;
} gt__;

__attribute__((format(printf, 1, 2), noreturn)) static void gt__die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("gen_tck_node: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void *gt__more(void *old, size_t size) {
    void *new = realloc(old, size ? size : 1);
    if (new == NULL) gt__die("out of memory: %zu bytes", size);
    return new;
}

static char *gt__copy(const char *bytes, size_t length) {
    char *copy = gt__more(NULL, length + 1);
    memcpy(copy, bytes, length);
    copy[length] = 0;
    return copy;
}

static long long gt__now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Text */

static void gt__room(gt_text *text, size_t more) {
    if (text->room - text->length >= more) return;
    size_t room = text->room ? text->room : 256;
    while (room - text->length < more) room *= 2;
    text->at = gt__more(text->at, room);
    text->room = room;
}

void gt_add(gt_text *text, const char *bytes, size_t length) {
    if (length == 0) return;
    gt__room(text, length);
    memcpy(text->at + text->length, bytes, length);
    text->length += length;
}

static void gt__say(gt_text *text, const char *words) { gt_add(text, words, strlen(words)); }

static void gt__say_integer(gt_text *text, long long number) {
    char digits[32];
    gt_add(text, digits, (size_t)snprintf(digits, sizeof digits, "%lld", number));
}

static void gt__say_string(gt_text *text, const char *bytes, size_t length) {
    gt__say(text, "\"");
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        char escaped[8];
        if (byte == '"' || byte == '\\')
            gt_add(text, escaped, (size_t)snprintf(escaped, sizeof escaped, "\\%c", byte));
        else if (byte < 32)
            gt_add(text, escaped, (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", byte));
        else
            gt_add(text, bytes + i, 1);
    }
    gt__say(text, "\"");
}

static void gt__say_atom(gt_text *text, const char *name, size_t length) {
    gt__say(text, "{\"$a\":");
    gt__say_string(text, name, length);
    gt__say(text, "}");
}

static void gt__say_binary(gt_text *text, const char *bytes, size_t length) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    gt__say(text, "{\"$b\":\"");
    gt__room(text, length / 3 * 4 + 4);
    for (size_t i = 0; i < length; i += 3) {
        unsigned long three = (unsigned long)(unsigned char)bytes[i] << 16;
        if (i + 1 < length) three |= (unsigned long)(unsigned char)bytes[i + 1] << 8;
        if (i + 2 < length) three |= (unsigned char)bytes[i + 2];
        char four[4] = {digits[three >> 18], digits[three >> 12 & 63], digits[three >> 6 & 63], digits[three & 63]};
        if (i + 1 >= length) four[2] = '=';
        if (i + 2 >= length) four[3] = '=';
        gt_add(text, four, 4);
    }
    gt__say(text, "\"}");
}

static void gt__say_list(gt_text *text, const char *bytes, size_t length) {
    gt__say(text, "[");
    for (size_t i = 0; i < length; i++) {
        if (i > 0) gt__say(text, ",");
        gt__say_integer(text, (unsigned char)bytes[i]);
    }
    gt__say(text, "]");
}

static void gt__say_handle(gt_text *text, long handle) {
    gt__say(text, "{\"$h\":");
    gt__say_integer(text, handle);
    gt__say(text, ",\"kind\":\"");
    gt__say(text, gt__.handles[handle - gt__.handle_base].kind);
    gt__say(text, "\"}");
}

/* The arguments of a format, in a struct so that they can be handed on. */
typedef struct {
    va_list list;
} gt__arguments;

static const char *gt__say_term(gt_text *text, const char *format, gt__arguments *arguments);

static const char *gt__say_items(gt_text *text, const char *format, char end, gt__arguments *arguments) {
    for (bool first = true; *format != end; first = false) {
        if (*format == ',') format++;
        if (!first) gt__say(text, ",");
        format = gt__say_term(text, format, arguments);
    }
    return format + 1;
}

static const char *gt__say_map(gt_text *text, const char *format, gt__arguments *arguments) {
    gt__say(text, "{\"$m\":[");
    for (bool first = true; *format != '}'; first = false) {
        if (*format == ',') format++;
        gt__say(text, first ? "[" : ",[");
        format = gt__say_term(text, format, arguments) + 2; /* => */
        gt__say(text, ",");
        format = gt__say_term(text, format, arguments);
        gt__say(text, "]");
    }
    gt__say(text, "]}");
    return format + 1;
}

static void gt__say_argument(gt_text *text, char directive, gt__arguments *arguments) {
    const char *bytes = "";
    if (directive != 'i' && directive != 'h') bytes = va_arg(arguments->list, const char *);
    switch (directive) {
    case 'a':
        gt__say_atom(text, bytes, strlen(bytes));
        break;
    case 'b':
        gt__say_binary(text, bytes, va_arg(arguments->list, size_t));
        break;
    case 's':
        gt__say_list(text, bytes, va_arg(arguments->list, size_t));
        break;
    case 't':
        gt_add(text, bytes, va_arg(arguments->list, size_t));
        break;
    case 'i':
        gt__say_integer(text, va_arg(arguments->list, long long));
        break;
    case 'h':
        gt__say_handle(text, va_arg(arguments->list, long));
        break;
    default:
        gt__die("a format has ~%c, which there is none of", directive);
    }
}

static const char *gt__say_term(gt_text *text, const char *format, gt__arguments *arguments) {
    const char *after = format;
    if (*format == '~') {
        gt__say_argument(text, format[1], arguments);
        return format + 2;
    }
    if (*format == '{') {
        gt__say(text, "{\"$t\":[");
        format = gt__say_items(text, format + 1, '}', arguments);
        gt__say(text, "]}");
        return format;
    }
    if (*format == '[') {
        gt__say(text, "[");
        format = gt__say_items(text, format + 1, ']', arguments);
        gt__say(text, "]");
        return format;
    }
    if (format[0] == '#' && format[1] == '{') return gt__say_map(text, format + 2, arguments);
    if (*format == '\'') {
        after = strchr(format + 1, '\'');
        if (after == NULL) gt__die("a format has no end of a quoted atom: %s", format);
        gt__say_atom(text, format + 1, (size_t)(after - format) - 1);
        return after + 1;
    }
    while (isalnum((unsigned char)*after) || *after == '_' || *after == '-') after++;
    if (after == format) gt__die("a format is no term from here on: %s", format);
    if (isalpha((unsigned char)*format))
        gt__say_atom(text, format, (size_t)(after - format));
    else
        gt_add(text, format, (size_t)(after - format));
    return after;
}

static void gt__say_format(gt_text *text, const char *format, gt__arguments *arguments) {
    if (*gt__say_term(text, format, arguments) != 0) gt__die("a format is more than a term: %s", format);
}

#define GT__WITH_ARGUMENTS(last, body)                                                                                 \
    do {                                                                                                               \
        gt__arguments arguments;                                                                                       \
        va_start(arguments.list, last);                                                                                \
        body;                                                                                                          \
        va_end(arguments.list);                                                                                        \
    } while (0)

void gt_format(gt_text *text, const char *format, ...) {
    GT__WITH_ARGUMENTS(format, gt__say_format(text, format, &arguments));
}

/* Reading JSON */

static void *gt__get(size_t size) {
    size = (size + 15) & ~(size_t)15;
    if (gt__.arena == NULL || gt__.arena->room - gt__.arena->used < size) {
        size_t room = size > 65536 ? size : 65536;
        gt__chunk *chunk = gt__more(NULL, sizeof *chunk + room);
        *chunk = (gt__chunk){.next = gt__.arena, .room = room};
        gt__.arena = chunk;
    }
    void *got = gt__.arena->bytes + gt__.arena->used;
    gt__.arena->used += size;
    return memset(got, 0, size);
}

static void gt__forget(void) {
    while (gt__.arena != NULL && gt__.arena->next != NULL) {
        gt__chunk *chunk = gt__.arena;
        gt__.arena = chunk->next;
        free(chunk);
    }
    if (gt__.arena != NULL) gt__.arena->used = 0;
}

static void gt__skip(gt__reader *reader) {
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL && *reader->at != 0) reader->at++;
}

static char gt__peek(gt__reader *reader) {
    gt__skip(reader);
    return reader->at < reader->end ? *reader->at : 0;
}

static void gt__expect(gt__reader *reader, char wanted) {
    if (gt__peek(reader) != wanted) gt__die("the kit said what is no JSON: '%c' is missing", wanted);
    reader->at++;
}

static unsigned gt__four_digits(gt__reader *reader) {
    char digits[5] = "";
    for (int i = 0; i < 4 && reader->at < reader->end; i++) digits[i] = *reader->at++;
    return (unsigned)strtoul(digits, NULL, 16);
}

static char *gt__put_utf8(char *to, unsigned code) {
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
        *to++ = (char)(0x80 | (code & 63));
    } else if (code < 0x10000) {
        *to++ = (char)(0xe0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 63));
        *to++ = (char)(0x80 | (code & 63));
    } else {
        *to++ = (char)(0xf0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 63));
        *to++ = (char)(0x80 | (code >> 6 & 63));
        *to++ = (char)(0x80 | (code & 63));
    }
    return to;
}

static char *gt__put_escape(gt__reader *reader, char *to) {
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char name = reader->at < reader->end ? *reader->at++ : 0;
    if (name == 'u') {
        unsigned code = gt__four_digits(reader);
        if (code >= 0xd800 && code < 0xdc00 && reader->end - reader->at >= 6) {
            reader->at += 2;
            code = 0x10000 + ((code - 0xd800) << 10) + (gt__four_digits(reader) - 0xdc00);
        }
        return gt__put_utf8(to, code);
    }
    const char *found = name != 0 ? strchr(names, name) : NULL;
    if (found == NULL) gt__die("the kit said what is no JSON: an escape that is none");
    *to++ = meant[found - names];
    return to;
}

static const char *gt__read_string(gt__reader *reader, size_t *length) {
    gt__expect(reader, '"');
    const char *end = reader->at;
    while (end < reader->end && *end != '"') end += *end == '\\' ? 2 : 1;
    if (end >= reader->end) gt__die("the kit said what is no JSON: a string without an end");
    char *bytes = gt__get((size_t)(end - reader->at) + 1), *to = bytes;
    while (reader->at < end) {
        if (*reader->at == '\\') {
            reader->at++;
            to = gt__put_escape(reader, to);
        } else {
            *to++ = *reader->at++;
        }
    }
    reader->at = end + 1;
    *length = (size_t)(to - bytes);
    return bytes;
}

static void gt__read_number(gt__reader *reader, gt_term *term) {
    const char *start = reader->at;
    term->kind = GT_INTEGER;
    while (reader->at < reader->end && *reader->at != 0 && strchr("+-.0123456789eE", *reader->at) != NULL) {
        if (strchr(".eE", *reader->at) != NULL) term->kind = GT_FLOAT;
        reader->at++;
    }
    errno = 0;
    term->number = strtoll(start, NULL, 10); /* it ends at the latest at the newline */
    term->fits = errno == 0;
}

static gt__value *gt__read(gt__reader *reader, int depth);

static void gt__read_items(gt__reader *reader, gt_term *term, char end, int depth) {
    const gt_term **last = &term->first;
    reader->at++;
    while (gt__peek(reader) != end) {
        const char *key = NULL;
        size_t key_length = 0;
        if (term->count > 0) gt__expect(reader, ',');
        if (end == '}') {
            gt__skip(reader);
            key = gt__read_string(reader, &key_length);
            gt__expect(reader, ':');
        }
        gt__value *value = gt__read(reader, depth + 1);
        value->key = key;
        value->key_length = key_length;
        *last = &value->term;
        last = &value->term.next;
        term->count++;
    }
    reader->at++;
}

static gt__value *gt__read(gt__reader *reader, int depth) {
    if (depth > GT_MAX_NESTING) gt__die("the kit said what is nested more than %d levels deep", GT_MAX_NESTING);
    if (++reader->values > GT_MAX_VALUES) gt__die("the kit said more than %d values in a line", GT_MAX_VALUES);
    gt__value *value = gt__get(sizeof *value);
    gt_term *term = &value->term;
    char next = gt__peek(reader);
    term->json = reader->at;
    if (next == '{' || next == '[') {
        term->kind = (gt_kind)(next == '{' ? GT__OBJECT : GT__ARRAY);
        gt__read_items(reader, term, next == '{' ? '}' : ']', depth);
    } else if (next == '"') {
        term->kind = (gt_kind)GT__STRING;
        term->bytes = gt__read_string(reader, &term->length);
    } else if (next == '-' || isdigit((unsigned char)next)) {
        gt__read_number(reader, term);
    } else {
        term->kind = (gt_kind)GT__WORD;
        while (reader->at < reader->end && islower((unsigned char)*reader->at)) reader->at++;
        if (reader->at == term->json) gt__die("the kit said what is no JSON: %.20s", reader->at);
    }
    term->json_length = (size_t)(reader->at - term->json);
    return value;
}

static gt_term *gt__field(const gt_term *object, const char *name) {
    for (const gt_term *each = object->first; each != NULL; each = each->next)
        if (strcmp(((const gt__value *)each)->key, name) == 0) return (gt_term *)(uintptr_t)each;
    return NULL;
}

/* From JSON to terms, in place; otherwise why not. */

static const char *gt__to_term(gt_term *term);

static const char *gt__to_terms(gt_term *term, gt_kind kind, const gt_term *from) {
    if (from == NULL || from->kind != (gt_kind)GT__ARRAY) return "a term of the kit has no array where one belongs";
    const gt_term *first = from->first;
    size_t count = from->count;
    term->kind = kind;
    term->first = first;
    term->count = count;
    for (const gt_term *each = first; each != NULL; each = each->next) {
        gt_term *item = (gt_term *)(uintptr_t)each;
        const char *why = kind == GT_MAP ? gt__to_terms(item, GT_TUPLE, item) : gt__to_term(item);
        if (why != NULL) return why;
    }
    return NULL;
}

static const char *gt__to_improper(gt_term *term, const gt_term *from) {
    if (from->kind != (gt_kind)GT__ARRAY || from->count != 2) return "an improper list of the kit has not two parts";
    gt_term *items = (gt_term *)(uintptr_t)from->first, *tail = (gt_term *)(uintptr_t)items->next;
    const char *why = gt__to_terms(term, GT_IMPROPER, items);
    if (why != NULL) return why;
    const gt_term **last = &term->first;
    while (*last != NULL) last = &((gt_term *)(uintptr_t)*last)->next;
    *last = tail;
    term->count++;
    return gt__to_term(tail);
}

static int gt__digit(char digit) {
    if (digit >= 'A' && digit <= 'Z') return digit - 'A';
    if (digit >= 'a' && digit <= 'z') return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9') return digit - '0' + 52;
    return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

static const char *gt__to_binary(gt_term *term, const gt_term *from) {
    if (from->kind != (gt_kind)GT__STRING) return "a binary of the kit is no string";
    char *bytes = gt__get(from->length + 1);
    unsigned long bits = 0;
    size_t length = 0;
    int count = 0;
    for (size_t i = 0; i < from->length && from->bytes[i] != '='; i++) {
        int digit = gt__digit(from->bytes[i]);
        if (digit < 0) return "a binary of the kit is not in base64";
        bits = bits << 6 | (unsigned long)digit;
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes[length++] = (char)(bits >> count & 255);
        }
    }
    term->kind = GT_BINARY;
    term->bytes = bytes;
    term->length = length;
    return NULL;
}

static gt__handle *gt__find_handle(long long number) {
    long long index = number - gt__.handle_base;
    return index >= 0 && index < gt__.handle_count ? &gt__.handles[index] : NULL;
}

static const char *gt__to_handle(gt_term *term, const gt_term *number, const gt_term *kind) {
    gt__handle *handle = number->kind == GT_INTEGER ? gt__find_handle(number->number) : NULL;
    if (handle == NULL || kind == NULL || kind->kind != (gt_kind)GT__STRING || strcmp(kind->bytes, handle->kind) != 0)
        return "an unknown handle";
    term->kind = GT_HANDLE;
    term->number = number->number;
    return NULL;
}

static const char *gt__to_term(gt_term *term) {
    const gt_term *inner;
    if (term->kind == GT_INTEGER || term->kind == GT_FLOAT) return NULL;
    if (term->kind == (gt_kind)GT__ARRAY) return gt__to_terms(term, GT_LIST, term);
    if (term->kind != (gt_kind)GT__OBJECT) return "a term of the kit is no term";
    if ((inner = gt__field(term, "$a")) != NULL && inner->kind == (gt_kind)GT__STRING) {
        term->kind = GT_ATOM;
        term->bytes = inner->bytes;
        term->length = inner->length;
        return NULL;
    }
    if ((inner = gt__field(term, "$b")) != NULL) return gt__to_binary(term, inner);
    if ((inner = gt__field(term, "$t")) != NULL) return gt__to_terms(term, GT_TUPLE, inner);
    if ((inner = gt__field(term, "$i")) != NULL) return gt__to_improper(term, inner);
    if ((inner = gt__field(term, "$m")) != NULL) return gt__to_terms(term, GT_MAP, inner);
    if ((inner = gt__field(term, "$h")) != NULL) return gt__to_handle(term, inner, gt__field(term, "kind"));
    if (gt__field(term, "$f") == NULL) return "a term of the kit is no term";
    term->kind = GT_FLOAT;
    return NULL;
}

/* Looking at terms */

bool gt_is_atom(const gt_term *term, const char *name) {
    return term->kind == GT_ATOM && term->length == strlen(name) && memcmp(term->bytes, name, term->length) == 0;
}

bool gt_is_integer(const gt_term *term, long long low, long long high) {
    return term->kind == GT_INTEGER && term->fits && term->number >= low && term->number <= high;
}

const gt_term *gt_item(const gt_term *term, size_t number) {
    if (term->kind != GT_TUPLE && term->kind != GT_LIST) return NULL;
    const gt_term *item = term->first;
    while (item != NULL && number-- > 0) item = item->next;
    return item;
}

void *gt_object(const gt_term *term, const char *type) {
    gt__handle *handle = term->kind == GT_HANDLE ? gt__find_handle(term->number) : NULL;
    return handle != NULL && strcmp(handle->type, type) == 0 ? handle->object : NULL;
}

static bool gt__add_iodata(gt_text *text, const gt_term *term) {
    if (term->kind == GT_BINARY) {
        gt_add(text, term->bytes, term->length);
        return true;
    }
    if (term->kind != GT_LIST && term->kind != GT_IMPROPER) return false;
    for (const gt_term *each = term->first; each != NULL; each = each->next) {
        bool tail = term->kind == GT_IMPROPER && each->next == NULL;
        if (!tail && gt_is_integer(each, 0, 255)) {
            char byte = (char)each->number;
            gt_add(text, &byte, 1);
        } else if (!gt__add_iodata(text, each)) {
            return false;
        }
    }
    return true;
}

const char *gt_iodata(const gt_term *term, size_t *length) {
    gt_text text = {0};
    char *bytes = NULL;
    if (term->kind == GT_BINARY) {
        *length = term->length;
        return term->bytes;
    }
    if (gt__add_iodata(&text, term)) {
        bytes = gt__get(text.length + 1);
        if (text.length > 0) memcpy(bytes, text.at, text.length);
        *length = text.length;
    }
    free(text.at);
    return bytes;
}

static bool gt__set_option(const gt_term *name, const gt_term *value, gt_set_option *set, void *options) {
    const gt_term *first = gt_item(value, 0), *second = gt_item(value, 1);
    if (name->kind != GT_ATOM) return false;
    if (value->kind == GT_ATOM) return set(options, name->bytes, value->bytes, GT_NO_NUMBER);
    if (value->kind == GT_INTEGER && value->fits) return set(options, name->bytes, NULL, value->number);
    if (value->kind != GT_TUPLE || value->count != 2 || first->kind != GT_ATOM || second->kind != GT_INTEGER)
        return set(options, name->bytes, "", GT_NO_NUMBER);
    return set(options, name->bytes, first->bytes, second->number);
}

bool gt_set_options(const gt_term *list, gt_set_option *set, void *options) {
    bool taken = list->kind == GT_LIST;
    for (const gt_term *each = list->first; taken && each != NULL; each = each->next) {
        if (each->kind == GT_ATOM)
            taken = set(options, each->bytes, "true", GT_NO_NUMBER);
        else
            taken = each->kind == GT_TUPLE && each->count == 2 &&
                    gt__set_option(each->first, each->first->next, set, options);
    }
    return taken;
}

gt_text gt_get_options(const gt_term *names, gt_get_option *get, const void *options) {
    gt_text text = {0};
    bool known = names->kind == GT_LIST;
    gt__say(&text, "[");
    for (const gt_term *each = names->first; known && each != NULL; each = each->next) {
        const char *word = NULL;
        long long number = GT_NO_NUMBER;
        known = each->kind == GT_ATOM && get(options, each->bytes, &word, &number);
        if (!known) break;
        if (each != names->first) gt__say(&text, ",");
        if (word != NULL && number != GT_NO_NUMBER)
            gt_format(&text, "{~a,{~a,~i}}", each->bytes, word, number);
        else if (word != NULL)
            gt_format(&text, "{~a,~a}", each->bytes, word);
        else
            gt_format(&text, "{~a,~i}", each->bytes, number);
    }
    gt__say(&text, "]");
    if (!known) text.length = 0;
    return text;
}

long gt_new_handle(const char *kind, const char *type, void *object) {
    if (gt__.handle_count == gt__.handle_room) {
        gt__.handle_room = gt__.handle_room ? 2 * gt__.handle_room : 64;
        gt__.handles = gt__more(gt__.handles, (size_t)gt__.handle_room * sizeof *gt__.handles);
    }
    gt__.handles[gt__.handle_count] = (gt__handle){kind, type, object};
    return gt__.handle_base + gt__.handle_count++;
}

/* Answers */

static void gt__answer(const char *id, const char *name, const char *json, size_t length) {
    gt_text *out = &gt__.output;
    if (length > GT_MAX_LINE - 256) {
        name = "failed";
        json = "\"the answer is longer than a line may be\"";
        length = strlen(json);
    }
    gt__say(out, "{\"id\":");
    gt__say(out, id);
    gt__say(out, ",\"");
    gt__say(out, name);
    gt__say(out, "\":");
    gt_add(out, json, length);
    gt__say(out, "}\n");
}

static void gt__answer_text(const char *id, const char *name, gt_text *json) {
    gt__answer(id, name, json->at, json->length);
    free(json->at);
}

static void gt__answer_ok(const char *id) { gt__answer(id, "ok", "true", 4); }

static void gt__answer_failed(const char *id, const char *why) {
    gt_text json = {0};
    gt__say_string(&json, why, strlen(why));
    gt__answer_text(id, "failed", &json);
}

static void gt__free_call(gt_call *call) {
    if (call->process->call == call) call->process->call = NULL;
    free(call->id);
    free(call);
}

void gt_return(gt_call *call, const char *format, ...) {
    gt_text json = {0};
    GT__WITH_ARGUMENTS(format, gt__say_format(&json, format, &arguments));
    gt__answer_text(call->id, "returned", &json);
    gt__free_call(call);
}

void gt_raise(gt_call *call, const char *kind, const char *format, ...) {
    gt_text json = {0};
    gt__say(&json, "[\"");
    gt__say(&json, kind);
    gt__say(&json, "\",");
    GT__WITH_ARGUMENTS(format, gt__say_format(&json, format, &arguments));
    gt__say(&json, "]");
    gt__answer_text(call->id, "raised", &json);
    gt__free_call(call);
}

void gt_fail(gt_call *call, const char *why) {
    gt__answer_failed(call->id, why);
    gt__free_call(call);
}

static bool gt__put_number(char letter, const gt_term *term, long long *number) {
    bool endless = letter == 't' &&
                   (term == NULL || gt_is_atom(term, "infinity") || (term->kind == GT_INTEGER && *term->json == '-'));
    *number = endless ? -1 : term->fits ? term->number : LLONG_MAX;
    return endless || (term->kind == GT_INTEGER && *term->json != '-');
}

/* Puts one where it belongs; otherwise what its call raises. */
static const char *gt__put_argument(char letter, const gt_term *term, gt__arguments *where) {
    bool fits = true;
    if (letter == 'o') {
        const char *type = va_arg(where->list, const char *);
        fits = (*va_arg(where->list, void **) = gt_object(term, type)) != NULL;
    } else if (letter == 'p') {
        fits = (*va_arg(where->list, gt_process **) = gt_process_of(term)) != NULL;
    } else if (letter == 'v') {
        *va_arg(where->list, const gt_term **) = term;
    } else if (letter == 'd') {
        const char **bytes = va_arg(where->list, const char **);
        *bytes = gt_iodata(term, va_arg(where->list, size_t *));
    } else if (letter == 'l') {
        gt_set_option *set = va_arg(where->list, gt_set_option *);
        return gt_set_options(term, set, va_arg(where->list, void *)) ? NULL : "exit";
    } else {
        fits = gt__put_number(letter, term, va_arg(where->list, long long *));
    }
    return fits ? NULL : "error";
}

bool gt_arguments(gt_call *call, const char *letters, ...) {
    const char *raised = NULL;
    gt__arguments where;
    va_start(where.list, letters);
    for (int i = 0; raised == NULL && letters[i] != 0; i++)
        raised = gt__put_argument(letters[i], call->args[i], &where);
    va_end(where.list);
    if (raised != NULL) gt_raise(call, raised, strcmp(raised, "exit") == 0 ? "badarg" : "function_clause");
    return raised == NULL;
}

void gt_keep(gt_call *call, void *data, void (*cancel)(void *data)) {
    if (data == NULL) return;
    call->data = data;
    call->cancel = cancel;
}

/* Processes: mailboxes */

static void gt__append(gt_process *process, gt__message *message) {
    if (process->ended) {
        free(message);
        return;
    }
    if (++process->messages > GT_MAX_MESSAGES)
        gt__die("process %ld has more than %d messages", process->handle, GT_MAX_MESSAGES);
    message->next = NULL;
    if (process->last != NULL)
        process->last->next = message;
    else
        process->first = message;
    process->last = message;
}

static void gt__deliver(gt_process *process, const void *about, const char *json, size_t length) {
    gt__message *message = gt__more(NULL, sizeof *message + length);
    *message = (gt__message){.about = about, .length = length};
    memcpy(message->json, json, length);
    gt__append(process, message);
}

static void gt__deliver_text(gt_process *process, const void *about, gt_text *json) {
    gt__deliver(process, about, json->at, json->length);
    free(json->at);
}

void gt_send(gt_process *process, const void *about, const char *format, ...) {
    gt_text json = {0};
    GT__WITH_ARGUMENTS(format, gt__say_format(&json, format, &arguments));
    gt__deliver_text(process, about, &json);
}

static gt__message *gt__take_first(gt_process *process) {
    gt__message *message = process->first;
    process->first = message->next;
    if (process->first == NULL) process->last = NULL;
    process->messages--;
    return message;
}

void gt_move_messages(gt_process *from, gt_process *to, const void *about) {
    for (size_t left = from->messages; left > 0; left--) {
        gt__message *message = gt__take_first(from);
        gt__append(message->about == about ? to : from, message);
    }
}

static void gt__drop_messages(gt_process *process) {
    while (process->first != NULL) free(gt__take_first(process));
}

gt_process *gt_process_of(const gt_term *term) { return gt_object(term, "process"); }

/* Processes: links, monitors and names; how they end */

static void gt__tie_up(gt__tie tie) {
    gt__tie *new = gt__more(NULL, sizeof *new);
    *new = tie;
    new->next = gt__.ties;
    gt__.ties = new;
}

static void gt__untie(gt__tie **where) {
    gt__tie *tie = *where;
    *where = tie->next;
    free(tie->name);
    free(tie);
}

static void gt__end(gt_process *process, const char *reason, size_t length);

static void gt__signal(gt_process *process, long from, const char *reason, size_t length, bool linked) {
    bool kill = !linked && length == 13 && memcmp(reason, "{\"$a\":\"kill\"}", 13) == 0;
    bool normal = length == 15 && memcmp(reason, "{\"$a\":\"normal\"}", 15) == 0;
    if (process->ended) return;
    if (kill)
        gt__end(process, "{\"$a\":\"killed\"}", 15);
    else if (process->trap_exit)
        gt_send(process, NULL, "{'EXIT',~h,~t}", from, reason, length);
    else if (!normal || from == process->handle)
        gt__end(process, reason, length);
}

/* A reason as JSON: an atom always in the same form, so that it can be known again. */
static gt_text gt__reason(const gt_term *term) {
    gt_text json = {0};
    if (term->kind == GT_ATOM)
        gt__say_atom(&json, term->bytes, term->length);
    else
        gt_add(&json, term->json, term->json_length);
    return json;
}

static void gt__end_ties(gt_process *process, const char *reason, size_t length) {
    for (gt__tie **each = &gt__.ties; *each != NULL;) {
        gt__tie *tie = *each;
        if (tie->from != process && tie->to != process) {
            each = &tie->next;
            continue;
        }
        gt__tie seen = *tie;
        gt__untie(each);
        if (seen.kind == GT__MONITOR && seen.to == process)
            gt_send(seen.from, NULL, "{'DOWN',~h,process,~h,~t}", seen.reference, process->handle, reason, length);
        if (seen.kind != GT__LINK) continue;
        gt__signal(seen.from == process ? seen.to : seen.from, process->handle, reason, length, true);
        each = &gt__.ties; /* others may have ended by it */
    }
}

static void gt__end(gt_process *process, const char *reason, size_t length) {
    char *copy = gt__copy(reason, length);
    gt_call *call = process->call;
    process->ended = true;
    gt__drop_messages(process);
    if (call != NULL) {
        if (call->cancel != NULL) call->cancel(call->data);
        gt__answer(call->id, "ended", copy, length);
        gt__free_call(call);
    }
    if (gt__.node->ended != NULL) gt__.node->ended(process);
    gt__end_ties(process, copy, length);
    free(copy);
}

/* The helpers of the module erlang */

static void gt__signal_term(gt_process *process, long from, const gt_term *term) {
    gt_text reason = gt__reason(term);
    gt__signal(process, from, reason.at, reason.length, false);
    free(reason.at);
}

static void gt__exit_1(gt_call *call) {
    gt_text reason = gt__reason(call->args[0]);
    gt__end(call->process, reason.at, reason.length);
    free(reason.at);
}

static void gt__exit_2(gt_call *call) {
    gt_process *process = gt_process_of(call->args[0]), *self = call->process;
    const gt_term *reason = call->args[1];
    if (process == NULL) {
        gt_raise(call, "error", "badarg");
        return;
    }
    if (process != self) gt_return(call, "true");
    gt__signal_term(process, self->handle, reason);
    if (process == self && !self->ended) gt_return(call, "true");
}

static gt__tie **gt__find_link(gt_process *one, gt_process *two) {
    for (gt__tie **each = &gt__.ties; *each != NULL; each = &(*each)->next) {
        gt__tie *tie = *each;
        if (tie->kind == GT__LINK && ((tie->from == one && tie->to == two) || (tie->from == two && tie->to == one)))
            return each;
    }
    return NULL;
}

static void gt__link(gt_call *call) {
    gt_process *other = gt_process_of(call->args[0]), *self = call->process;
    if (other == NULL) {
        gt_raise(call, "error", "badarg");
        return;
    }
    gt_return(call, "true");
    if (other->ended)
        gt__signal(self, other->handle, "{\"$a\":\"noproc\"}", 15, true);
    else if (other != self && gt__find_link(self, other) == NULL)
        gt__tie_up((gt__tie){.kind = GT__LINK, .from = self, .to = other});
}

static void gt__unlink(gt_call *call) {
    gt_process *other = gt_process_of(call->args[0]);
    gt__tie **link = other != NULL ? gt__find_link(call->process, other) : NULL;
    if (link != NULL) gt__untie(link);
    if (other != NULL)
        gt_return(call, "true");
    else
        gt_raise(call, "error", "badarg");
}

static void gt__monitor(gt_call *call) {
    gt_process *target = gt_process_of(call->args[1]), *self = call->process;
    if (!gt_is_atom(call->args[0], "process") || target == NULL) {
        gt_raise(call, "error", "badarg");
        return;
    }
    long reference = gt_new_handle("ref", "monitor", NULL);
    gt_return(call, "~h", reference);
    if (target->ended)
        gt_send(self, NULL, "{'DOWN',~h,process,~h,noproc}", reference, target->handle);
    else
        gt__tie_up((gt__tie){.kind = GT__MONITOR, .from = self, .to = target, .reference = reference});
}

static void gt__demonitor(gt_call *call) {
    const gt_term *reference = call->args[0];
    if (reference->kind != GT_HANDLE || gt_process_of(reference) != NULL) {
        gt_raise(call, "error", "badarg");
        return;
    }
    gt__tie **each = &gt__.ties;
    while (*each != NULL && !((*each)->kind == GT__MONITOR && (*each)->reference == reference->number))
        each = &(*each)->next;
    if (*each != NULL && (*each)->from == call->process) gt__untie(each);
    gt_return(call, "true");
}

static void gt__process_flag(gt_call *call) {
    bool old = call->process->trap_exit, on = gt_is_atom(call->args[1], "true");
    if (!gt_is_atom(call->args[0], "trap_exit") || (!on && !gt_is_atom(call->args[1], "false"))) {
        gt_raise(call, "error", "badarg");
    } else {
        call->process->trap_exit = on;
        gt_return(call, "~a", old ? "true" : "false");
    }
}

static gt__tie **gt__find_name(const gt_term *name, const gt_process *holder) {
    for (gt__tie **each = &gt__.ties; *each != NULL; each = &(*each)->next)
        if ((*each)->kind == GT__NAME && ((name != NULL && gt_is_atom(name, (*each)->name)) || (*each)->to == holder))
            return each;
    return NULL;
}

static void gt__register(gt_call *call) {
    const gt_term *name = call->args[0];
    gt_process *process = gt_process_of(call->args[1]);
    if (name->kind != GT_ATOM || gt_is_atom(name, "undefined") || process == NULL || process->ended ||
        gt__find_name(name, process) != NULL) {
        gt_raise(call, "error", "badarg");
        return;
    }
    gt__tie_up((gt__tie){.kind = GT__NAME, .to = process, .name = gt__copy(name->bytes, name->length)});
    gt_return(call, "true");
}

static void gt__unregister(gt_call *call) {
    gt__tie **name = gt__find_name(call->args[0], NULL);
    if (name == NULL) {
        gt_raise(call, "error", "badarg");
        return;
    }
    gt__untie(name);
    gt_return(call, "true");
}

static void gt__send(gt_call *call) {
    const gt_term *message = call->args[1];
    gt__tie **name = gt__find_name(call->args[0], NULL);
    gt_process *to = name != NULL ? (*name)->to : gt_process_of(call->args[0]);
    if (to == NULL) {
        gt_raise(call, "error", "badarg");
        return;
    }
    gt__deliver(to, NULL, message->json, message->json_length);
    gt_return(call, "~t", message->json, message->json_length);
}

static void gt__monotonic_time(gt_call *call) {
    if (gt_is_atom(call->args[0], "millisecond"))
        gt_return(call, "~i", gt__now() / 1000000);
    else
        gt_fail(call, "of the units there is only millisecond");
}

static const gt_function gt__helpers[] = {
    {"erlang.exit/1", gt__exit_1},
    {"erlang.exit/2", gt__exit_2},
    {"erlang.link/1", gt__link},
    {"erlang.unlink/1", gt__unlink},
    {"erlang.monitor/2", gt__monitor},
    {"erlang.demonitor/1", gt__demonitor},
    {"erlang.process_flag/2", gt__process_flag},
    {"erlang.register/2", gt__register},
    {"erlang.unregister/1", gt__unregister},
    {"erlang.send/2", gt__send},
    {"erlang.monotonic_time/1", gt__monotonic_time},
    {NULL, NULL},
};

/* The event loop */

void gt_watch(int fd, short events, void (*ready)(void *data, short events), void *data) {
    if (fd >= gt__.watched_room) {
        int room = fd + 64;
        gt__.watched = gt__more(gt__.watched, (size_t)room * sizeof *gt__.watched);
        gt__.polled = gt__more(gt__.polled, (size_t)room * sizeof *gt__.polled);
        memset(gt__.watched + gt__.watched_room, 0, (size_t)(room - gt__.watched_room) * sizeof *gt__.watched);
        gt__.watched_room = room;
    }
    gt__.watched[fd] = (gt__watched){events, ready, data};
}

void gt_after(gt_timer *timer, long long milliseconds, void (*ring)(void *data), void *data) {
    long long now = gt__now();
    gt_stop(timer);
    timer->due = milliseconds > (LLONG_MAX - now) / 1000000 ? LLONG_MAX : now + milliseconds * 1000000;
    timer->ring = ring;
    timer->data = data;
    timer->set = true;
    timer->next = gt__.timers;
    gt__.timers = timer;
}

void gt_stop(gt_timer *timer) {
    if (!timer->set) return;
    gt_timer **each = &gt__.timers;
    while (*each != timer) each = &(*each)->next;
    *each = timer->next;
    timer->set = false;
}

static gt_timer *gt__earliest(void) {
    gt_timer *earliest = gt__.timers;
    for (gt_timer *each = earliest; each != NULL; each = each->next)
        if (each->due < earliest->due) earliest = each;
    return earliest;
}

static void gt__ring(void) {
    gt_timer *timer;
    for (long long now = gt__now(); (timer = gt__earliest()) != NULL && timer->due <= now;) {
        gt_stop(timer);
        gt__.active = true;
        timer->ring(timer->data);
    }
}

/* How to settle: what has been sent to us is here when a byte, sent to ourselves after it, has come back. */

static void gt__connect_to_oneself(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    gt__.near = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 1) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) < 0 ||
        connect(gt__.near, (struct sockaddr *)&address, size) < 0 || (gt__.far = accept(listener, NULL, NULL)) < 0)
        gt__die("no loopback connection to oneself: %s", strerror(errno));
    setsockopt(gt__.near, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(gt__.far, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    close(listener);
}

static void gt__pass_byte(int from, int to) {
    char byte = 0;
    if ((from >= 0 && read(from, &byte, 1) != 1) || (to >= 0 && write(to, &byte, 1) != 1))
        gt__die("the loopback connection to oneself broke: %s", strerror(errno));
}

static void gt__at_far(void *data, short events) {
    (void)data, (void)events;
    gt__pass_byte(gt__.far, gt__.far);
}

static void gt__at_near(void *data, short events) {
    (void)data, (void)events;
    gt__pass_byte(gt__.near, -1);
    gt__.back = true;
}

static bool gt__is_ping(int fd) { return fd == gt__.near || fd == gt__.far; }

static void gt__go_on_settling(void) {
    long long now = gt__now();
    if (gt__.back) {
        gt__.pinged = gt__.back = false;
        gt__.quiet = gt__.active ? 0 : gt__.quiet + 1;
    }
    while (gt__.settling != NULL) {
        gt__settle *first = gt__.settling;
        if (gt__.quiet >= GT__QUIET_ROUNDS)
            gt__answer_ok(first->id);
        else if (now - first->began > GT__BUSY_NANOSECONDS)
            gt__answer(first->id, "ok", "true,\"rest\":false", 17);
        else
            break;
        gt__.settling = first->next;
        free(first->id);
        free(first);
    }
    if (gt__.settling != NULL && !gt__.pinged) {
        gt__.active = false;
        gt__.pinged = true;
        gt__pass_byte(-1, gt__.near);
    }
}

static void gt__begin_to_settle(const char *id) {
    gt__settle *settle = gt__more(NULL, sizeof *settle), **last = &gt__.settling;
    *settle = (gt__settle){.id = gt__copy(id, strlen(id)), .began = gt__now()};
    while (*last != NULL) last = &(*last)->next;
    *last = settle;
    gt__.quiet = 0;
}

/* Requests */

static void gt__spawn(const char *id) {
    gt_process *process = gt__more(NULL, sizeof *process);
    gt_text json = {0};
    *process = (gt_process){.next = gt__.processes};
    gt__.processes = process;
    process->handle = gt_new_handle("pid", "process", process);
    gt__say_handle(&json, process->handle);
    gt__answer_text(id, "pid", &json);
}

static void gt__clear(void) {
    for (gt_process *each = gt__.processes; each != NULL; each = each->next) {
        each->ended = true;
        if (each->call == NULL) continue;
        if (each->call->cancel != NULL) each->call->cancel(each->call->data);
        gt__free_call(each->call);
    }
    if (gt__.node->clear != NULL) gt__.node->clear();
    while (gt__.ties != NULL) gt__untie(&gt__.ties);
    while (gt__.processes != NULL) {
        gt_process *process = gt__.processes;
        gt__.processes = process->next;
        gt__drop_messages(process);
        free(process);
    }
    gt__.handle_base += gt__.handle_count;
    gt__.handle_count = 0;
    gt__.outside = 0;
}

static void gt__show_mailbox(const char *id, const gt_process *process) {
    gt_text json = {0};
    gt__say(&json, "[");
    for (gt__message *each = process->first; each != NULL; each = each->next) {
        if (each != process->first) gt__say(&json, ",");
        gt_add(&json, each->json, each->length);
    }
    gt__say(&json, "]");
    gt__answer_text(id, "messages", &json);
}

static void gt__take(const char *id, gt_process *process, const gt_term *count) {
    for (long long left = count->number; left > 0 && process->first != NULL; left--) free(gt__take_first(process));
    gt__answer_ok(id);
}

static void gt__tell_status(const char *id, const gt_process *process) {
    const char *status = process->ended ? "\"ended\"" : process->call != NULL ? "\"waiting\"" : "\"idle\"";
    gt__answer(id, "status", status, strlen(status));
}

static void gt__exit(const char *id, gt_process *process, gt_term *reason) {
    const char *why = gt__to_term(reason);
    if (why != NULL) {
        gt__answer_failed(id, why);
        return;
    }
    if (gt__.outside == 0) gt__.outside = gt_new_handle("pid", "outside", NULL);
    gt__signal_term(process, gt__.outside, reason);
    gt__answer_ok(id);
}

static const gt_function *gt__find_function(const gt_function *functions, const char *name) {
    while (functions->call != NULL && strcmp(functions->call, name) != 0) functions++;
    return functions->call != NULL ? functions : NULL;
}

static void gt__call(const char *id, gt_process *process, const gt_term *request) {
    gt_term *module = gt__field(request, "module"), *function = gt__field(request, "function");
    gt_term *args = gt__field(request, "args");
    if (module == NULL || module->bytes == NULL || function == NULL || function->bytes == NULL || args == NULL) {
        gt__answer_failed(id, "a call without module, function or args");
        return;
    }
    char name[128];
    snprintf(name, sizeof name, "%s.%s/%zu", module->bytes, function->bytes, args->count);
    const gt_function *found = gt__find_function(gt__.node->functions, name);
    if (found == NULL) found = gt__find_function(gt__helpers, name);
    const char *why = found == NULL ? "there is no such function" : gt__to_terms(args, GT_LIST, args);
    if (why == NULL && process->call != NULL) why = "a call of this process is under way";
    if (why != NULL || args->count > GT_MAX_ARGUMENTS) {
        gt__answer_failed(id, why != NULL ? why : "too many arguments");
        return;
    }
    if (process->ended) {
        gt__answer(id, "ended", "{\"$a\":\"noproc\"}", 15);
        return;
    }
    gt_call *call = gt__more(NULL, sizeof *call);
    *call = (gt_call){.process = process, .id = gt__copy(id, strlen(id))};
    for (const gt_term *each = args->first; each != NULL; each = each->next) call->args[call->arity++] = each;
    process->call = call;
    found->run(call);
}

static void gt__process_request(const char *id, const char *what, const gt_term *request) {
    const gt_term *number = gt__field(request, "process"), *count = gt__field(request, "count");
    gt__handle *handle = number != NULL && number->kind == GT_INTEGER ? gt__find_handle(number->number) : NULL;
    gt_process *process = handle != NULL && strcmp(handle->type, "process") == 0 ? handle->object : NULL;
    if (process == NULL)
        gt__answer_failed(id, "an unknown process");
    else if (strcmp(what, "call") == 0)
        gt__call(id, process, request);
    else if (strcmp(what, "mailbox") == 0)
        gt__show_mailbox(id, process);
    else if (strcmp(what, "status") == 0)
        gt__tell_status(id, process);
    else if (strcmp(what, "take") == 0 && count != NULL && count->kind == GT_INTEGER)
        gt__take(id, process, count);
    else if (strcmp(what, "exit") == 0 && gt__field(request, "reason") != NULL)
        gt__exit(id, process, gt__field(request, "reason"));
    else
        gt__answer_failed(id, "a request that lacks a field");
}

static void gt__request(const char *line, size_t length) {
    static const char *const of_processes[] = {"call", "mailbox", "status", "take", "exit"};
    gt__reader reader = {.at = line, .end = line + length};
    const gt_term *request = &gt__read(&reader, 1)->term;
    const gt_term *number = request->kind == (gt_kind)GT__OBJECT ? gt__field(request, "id") : NULL;
    const gt_term *what = number != NULL ? gt__field(request, "do") : NULL;
    if (what == NULL || what->kind != (gt_kind)GT__STRING) gt__die("the kit said what is no request: %.60s", line);
    char *id = gt__copy(number->json, number->json_length);
    bool of_process = false;
    for (size_t i = 0; i < sizeof of_processes / sizeof *of_processes; i++)
        of_process |= strcmp(what->bytes, of_processes[i]) == 0;
    if (of_process) {
        gt__process_request(id, what->bytes, request);
    } else if (strcmp(what->bytes, "spawn") == 0) {
        gt__spawn(id);
    } else if (strcmp(what->bytes, "settle") == 0) {
        gt__begin_to_settle(id);
    } else if (strcmp(what->bytes, "clear") == 0) {
        gt__clear();
        gt__answer_ok(id);
    } else if (strcmp(what->bytes, "stop") == 0) {
        gt__.stopped = true;
    } else {
        gt__answer_failed(id, "there is no such request");
    }
    free(id);
    gt__forget();
}

/* The connection to the kit */

static void gt__take_lines(void) {
    gt_text *in = &gt__.input;
    size_t taken = 0;
    char *newline;
    while (!gt__.stopped && (newline = memchr(in->at + gt__.scanned, '\n', in->length - gt__.scanned)) != NULL) {
        size_t end = (size_t)(newline - in->at);
        *newline = 0;
        gt__request(in->at + taken, end - taken);
        taken = gt__.scanned = end + 1;
    }
    memmove(in->at, in->at + taken, in->length - taken);
    in->length -= taken;
    gt__.scanned = in->length;
    if (in->length > GT_MAX_LINE) gt__die("the kit said a line of more than %d bytes", GT_MAX_LINE);
    if (in->length == 0 && in->room > GT__UNSENT) {
        free(in->at);
        *in = (gt_text){0};
    }
}

static void gt__from_kit(void *data, short events) {
    (void)data, (void)events;
    gt__room(&gt__.input, 65536);
    ssize_t got = read(gt__.in, gt__.input.at + gt__.input.length, 65536);
    if (got > 0) {
        gt__.input.length += (size_t)got;
        gt__take_lines();
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        gt__.stopped = true;
    }
}

static void gt__write_out(void) {
    gt_text *out = &gt__.output;
    size_t written = 0;
    while (written < out->length) {
        ssize_t count = write(gt__.out, out->at + written, out->length - written);
        if (count >= 0) {
            written += (size_t)count;
        } else if (errno != EINTR) {
            if (errno != EAGAIN) gt__.stopped = true; /* the kit has gone */
            break;
        }
    }
    if (written < out->length) memmove(out->at, out->at + written, out->length - written);
    out->length -= written;
    if (out->length == 0 && out->room > GT__UNSENT) {
        free(out->at);
        *out = (gt_text){0};
    }
}

static void gt__dial(void) {
    const char *host = getenv("GEN_TCK_HOST"), *port = getenv("GEN_TCK_PORT");
    gt__.in = STDIN_FILENO;
    gt__.out = STDOUT_FILENO;
    if (port != NULL) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
        int on = 1;
        inet_pton(AF_INET, host != NULL ? host : "127.0.0.1", &address.sin_addr);
        gt__.in = gt__.out = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(gt__.in, (struct sockaddr *)&address, sizeof address) < 0)
            gt__die("the kit cannot be reached at port %s: %s", port, strerror(errno));
        setsockopt(gt__.in, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    } else if (getenv("GEN_TCK_PROTOCOL") == NULL) {
        gt__die("this is a node: it is started by gen-tck certify, with its node.toml");
    }
    fcntl(gt__.in, F_SETFL, fcntl(gt__.in, F_GETFL) | O_NONBLOCK);
    fcntl(gt__.out, F_SETFL, fcntl(gt__.out, F_GETFL) | O_NONBLOCK);
}

static void gt__say_names(gt_text *out, const char *field, const char *const *names, size_t step) {
    gt__say(out, field);
    for (bool first = true; *names != NULL; names += step, first = false) {
        gt__say(out, first ? "[" : ",");
        gt__say_string(out, *names, strlen(*names));
    }
    gt__say(out, "]");
}

static void gt__shake_hands(const gt_node *node) {
    const char *token = getenv("GEN_TCK_TOKEN");
    gt_text *out = &gt__.output;
    gt__say(out, "{\"gen_tck\":1,\"minor\":1,\"name\":");
    gt__say_string(out, node->name, strlen(node->name));
    gt__say(out, ",\"version\":");
    gt__say_string(out, node->version, strlen(node->version));
    if (token != NULL) {
        gt__say(out, ",\"token\":");
        gt__say_string(out, token, strlen(token));
    }
    gt__say_names(out, ",\"profiles\":", node->profiles, 1);
    gt__say_names(out, ",\"calls\":", &node->functions->call, sizeof(gt_function) / sizeof(char *));
    gt__say(out, "}\n");
}

static int gt__patience(void) {
    gt_timer *earliest = gt__earliest();
    long long left = 60000, wait;
    if (gt__.settling != NULL) left = 100;
    if (earliest != NULL) {
        wait = (earliest->due - gt__now()) / 1000000 + 1;
        if (wait < left) left = wait > 0 ? wait : 0;
    }
    return (int)left;
}

static void gt__round(void) {
    nfds_t count = 0;
    bool full = gt__.output.length > GT__UNSENT;
    gt_watch(gt__.in, full ? 0 : POLLIN, gt__from_kit, NULL);
    for (int fd = 0; fd < gt__.watched_room; fd++) {
        short events = gt__.watched[fd].events;
        if (fd == gt__.out && gt__.output.length > 0) events |= POLLOUT;
        if (events != 0) gt__.polled[count++] = (struct pollfd){.fd = fd, .events = events};
    }
    if (poll(gt__.polled, count, gt__patience()) < 0) {
        if (errno != EINTR) gt__die("poll: %s", strerror(errno));
        count = 0;
    }
    for (nfds_t i = 0; i < count; i++) {
        int fd = gt__.polled[i].fd;
        short events = gt__.polled[i].revents;
        if (events == 0 || gt__.watched[fd].events == 0) continue;
        if (fd == gt__.in && !(events & (POLLIN | POLLHUP | POLLERR))) continue;
        if (!gt__is_ping(fd)) gt__.active = true;
        gt__.watched[fd].ready(gt__.watched[fd].data, events);
    }
    gt__ring();
    gt__go_on_settling();
    gt__write_out();
}

static void gt__free_all(void) {
    gt__clear();
    while (gt__.settling != NULL) {
        gt__settle *settle = gt__.settling;
        gt__.settling = settle->next;
        free(settle->id);
        free(settle);
    }
    gt__forget();
    free(gt__.arena);
    free(gt__.handles);
    free(gt__.watched);
    free(gt__.polled);
    free(gt__.input.at);
    free(gt__.output.at);
}

int gt_run(const gt_node *node) {
    signal(SIGPIPE, SIG_IGN);
    gt__.node = node;
    gt__.handle_base = 1;
    gt__dial();
    gt__connect_to_oneself();
    gt_watch(gt__.near, POLLIN, gt__at_near, NULL);
    gt_watch(gt__.far, POLLIN, gt__at_far, NULL);
    gt__shake_hands(node);
    gt__write_out();
    while (!gt__.stopped) gt__round();
    gt__free_all();
    return 0;
}

#endif
