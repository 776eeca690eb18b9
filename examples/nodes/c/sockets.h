/* sockets.h - TCP sockets as Erlang has them: with an owner, modes and packets. They know nothing of gen-tck but its
 * event loop; adapter.c is where the two meet. */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

enum { SK_PASSIVE = 0, SK_ACTIVE = 100000, SK_ONCE }; /* in between: so many messages more */
enum { SK_MOST_MESSAGES = 32767 };
enum { SK_RAW = 0, SK_LINE = 5 };  /* packets; 1, 2 and 4 are headers of so many bytes */
enum { SK_TERM = 0, SK_PORT = 1 }; /* the form of messages */
enum { SK_INFINITY = -1, SK_UNSET = -2 };

typedef struct {
    long long active, binary, deliver, header, packet, packet_size, line_delimiter;
    long long buffer, exit_on_close, show_econnreset, linger, linger_seconds;
    long long send_timeout, send_timeout_close, delay_send, high_watermark, low_watermark;
    long long recbuf, sndbuf, nodelay, keepalive; /* the kernel's; here is what was asked for */
    long long notices;                            /* of counts that were used up when they were set */
    bool opening, buffer_is_chosen;
} sk_options;

/* ended: the connection has gone, as a call was told, and the owner was not */
typedef enum { SK_LISTENING, SK_CONNECTING, SK_CONNECTED, SK_ENDED, SK_CLOSED } sk_state;

typedef struct gt_process sk_owner; /* no more is known of them here */
typedef struct sk_wait sk_wait;
typedef struct sk_watch sk_watch;
typedef struct sk sk;
struct sk {
    long handle; /* of whoever uses the sockets */
    sk_owner *owner;
    sk_state state;
    sk_options options;
    int fd;
    char *input; /* what was read, and is neither received nor a message */
    size_t length, room;
    bool input_ended, output_ended; /* one direction, of a connection that is still there */
    bool told;                      /* the owner was told of the end */
    bool reset, reset_told;         /* by the peer; somebody was told so */
    long long received, sent, receives, sends;
    sk_wait *waiting;   /* those who wait, in order */
    sk_watch *watching; /* those who are to be told when it closes */
    sk *next;
};

extern const sk_options sk_defaults;
/* An option by its name; its value is a word, a number, or both. False if there is none, or none such. */
bool sk_set_option(void *options, const char *name, const char *word, long long number);
bool sk_get_option(const void *options, const char *name, const char **word, long long *number);

typedef struct {
    unsigned char bytes[4];
    int port;
} sk_name;

bool sk_own_name(const sk *s, sk_name *name); /* false if it has gone */
bool sk_name_of_peer(const sk *s, sk_name *name);
size_t sk_unsent(const sk *s);
/* The options, with what the kernel says of its own. */
sk_options sk_present_options(const sk *s);
/* Other options hold from now on. */
void sk_change(sk *s, const sk_options *options);
/* Ends all sockets at once, with what they have not sent, and frees them. */
void sk_clear(void);
void sk_owner_ended(sk_owner *owner);
/* Have the close told to somebody, by a reference; this undoes it, and says whether there was something to undo. */
void sk_watch_close(sk *s, sk_owner *who, long reference);
bool sk_unwatch(long reference);

/* These answer by one of the functions below, at once, or later: then they give what sk_give_up() takes. A timeout is
 * in milliseconds, negative if there is none. An error is the name of a POSIX error, or "closed" or "timeout". */
void sk_listen(void *call, sk_owner *owner, long long port, const sk_options *options);
void sk_close(sk *s, void *call);
void sk_shutdown(sk *s, void *call, bool reading, bool writing);
void sk_put_back(sk *s, void *call, const char *data, size_t length);
sk_wait *sk_connect(void *call, sk_owner *owner, const char *host, long long port, const sk_options *options,
                    long long timeout);
sk_wait *sk_accept(sk *s, void *call, sk_owner *owner, long long timeout);
sk_wait *sk_receive(sk *s, void *call, long long length, long long timeout);
sk_wait *sk_send(sk *s, void *call, const char *data, size_t length); /* NULL: what is no data */
void sk_give_up(void *wait);

/* To be had from whoever uses the sockets. */
void sk_done(void *call, const char *error); /* of a send, where it is NULL, and of whatever fails */
void sk_opened(void *call, sk *opened);
void sk_received(void *call, const sk *s, const char *data, size_t length);
void sk_timed_out(void *call, const char *unsent, size_t length);
void sk_message(const sk *s, const char *data, size_t length);
void sk_message_of_end(const sk *s, const char *error);                         /* NULL: the peer's end */
void sk_message_of_count(const sk *s);                                          /* it is used up */
void sk_message_of_close(const sk *s, sk_owner *to, long reference, bool late); /* it was closed before */

#endif
