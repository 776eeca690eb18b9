/* sockets.h - TCP sockets as Erlang has them: with an owner, modes and packets. They know nothing of gen-tck but its
 * event loop. Replace them by what you want to have judged; adapter.c is where the two meet. */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

enum { SK_PASSIVE, SK_ACTIVE, SK_ONCE };
enum { SK_RAW = 0, SK_LINE = 5 }; /* packets; 1, 2 and 4 are headers of so many bytes */

typedef struct {
    int active, binary, packet, packet_size, line_delimiter;
} sk_options;

typedef enum { SK_LISTENING, SK_CONNECTING, SK_CONNECTED, SK_ENDED, SK_CLOSED } sk_state;

typedef struct gt_process sk_owner; /* no more is known of them here */
typedef struct sk_wait sk_wait;
typedef struct sk sk;
struct sk {
    long handle; /* of whoever uses the sockets */
    sk_owner *owner;
    sk_state state; /* ended: a receive was told of the peer's end, the owner was not */
    sk_options options;
    int fd;
    char *input; /* what was read, and is neither received nor a message */
    size_t length, room;
    sk_wait *waiting; /* those who wait, in order */
    sk *next;
};

extern const sk_options sk_defaults;
/* An option by its name; its value is a word, or if that is NULL a number. False if there is none, or none such. */
bool sk_set_option(void *options, const char *name, const char *word, long long number);
bool sk_get_option(const void *options, const char *name, const char **word, long long *number);

int sk_port(const sk *s); /* -1 if it has gone */
/* Other options hold from now on. */
void sk_change(sk *s, const sk_options *options);
/* Ends all sockets at once, with what they have not sent, and frees them. */
void sk_clear(void);
void sk_owner_ended(sk_owner *owner);

/* These answer by one of the functions below, at once, or later: then they give what sk_give_up() takes. A timeout is
 * in milliseconds, negative if there is none. An error is the name of a POSIX error, or "closed" or "timeout". */
void sk_listen(void *call, sk_owner *owner, long long port, const sk_options *options);
void sk_close(sk *s, void *call);
sk_wait *sk_connect(void *call, sk_owner *owner, const char *host, long long port, const sk_options *options);
sk_wait *sk_accept(sk *s, void *call, sk_owner *owner, long long timeout);
sk_wait *sk_receive(sk *s, void *call, long long length, long long timeout);
sk_wait *sk_send(sk *s, void *call, const char *data, size_t length); /* NULL: what is no data */
void sk_give_up(void *wait);

/* To be had from whoever uses the sockets. */
void sk_done(void *call, const char *error); /* of a send, where it is NULL, and of whatever fails */
void sk_opened(void *call, sk *opened);
void sk_received(void *call, const sk *s, const char *data, size_t length);
void sk_message(const sk *s, const char *data, size_t length);
void sk_message_of_end(const sk *s, const char *error); /* NULL: the peer's end */

#endif
