/* sockets.c - see sockets.h. Nothing is read from the network before somebody wants it: a passive socket stalls. */
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gen_tck_node.h"

#define BUFFER 8192        /* what is read at once, and most that comes of a receive of no length */
#define MOST (1 << 20)     /* that is read at a time, however much is wanted */
#define READS 16           /* at most for one socket, before it is the others' turn */
#define LONGEST (64 << 20) /* packet, if packet_size says nothing */

struct sk_wait {
    enum { CONNECT, ACCEPT, RECEIVE, SEND } kind;
    sk *s;
    void *call;
    sk_owner *owner;  /* owner: of the socket that is accepted */
    long long wanted; /* bytes, or 0: what there is */
    char *data;       /* what is left to send */
    size_t length, sent;
    gt_timer timer;
    sk_wait *next;
};

typedef enum { GOT, MORE, TOO_LONG } found;

const sk_options sk_defaults = {.active = SK_ACTIVE, .line_delimiter = '\n'};

static sk *all;

static const char *name_of(int error) {
    static const struct {
        int number;
        const char *name;
    } names[] = {{EADDRINUSE, "eaddrinuse"},
                 {EADDRNOTAVAIL, "eaddrnotavail"},
                 {ECONNREFUSED, "econnrefused"},
                 {ECONNRESET, "closed"},
                 {EPIPE, "closed"},
                 {EACCES, "eacces"},
                 {EMFILE, "emfile"},
                 {ENFILE, "enfile"},
                 {ENETUNREACH, "enetunreach"},
                 {ETIMEDOUT, "etimedout"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == error) return names[i].name;
    return "einval";
}

/* Options: each is an int; some values of it have names. */

static const struct option {
    const char *name;
    size_t at;
    int low, high; /* the numbers that may be given; none if high is less */
    struct {
        const char *name;
        int value;
    } words[3];
} known[] = {
    {"active", offsetof(sk_options, active), 0, -1, {{"false", SK_PASSIVE}, {"true", SK_ACTIVE}, {"once", SK_ONCE}}},
    {"mode", offsetof(sk_options, binary), 0, -1, {{"list", false}, {"binary", true}}},
    {"list", offsetof(sk_options, binary), 0, -1, {{"true", false}}},
    {"binary", offsetof(sk_options, binary), 0, -1, {{"true", true}}},
    {"packet", offsetof(sk_options, packet), 0, 4, {{"raw", SK_RAW}, {"line", SK_LINE}}},
    {"packet_size", offsetof(sk_options, packet_size), 0, INT_MAX, {{0}}},
    {"line_delimiter", offsetof(sk_options, line_delimiter), 0, 255, {{0}}},
};

static const struct option *find_option(const char *name) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, name) == 0) return &known[i];
    return NULL;
}

bool sk_set_option(void *options, const char *name, const char *word, long long number) {
    const struct option *option = find_option(name);
    if (option == NULL) return strcmp(name, "ip") == 0; /* of addresses there is one */
    int *at = (int *)((char *)options + option->at);
    if (word == NULL) {
        if (number < option->low || number > option->high) return false;
        if (strcmp(name, "packet") == 0 && number == 3) return false;
        *at = (int)number;
        return true;
    }
    for (int i = 0; number == GT_NO_NUMBER && i < 3 && option->words[i].name != NULL; i++) {
        if (strcmp(option->words[i].name, word) != 0) continue;
        *at = option->words[i].value;
        return true;
    }
    return false;
}

bool sk_get_option(const void *options, const char *name, const char **word, long long *number) {
    const struct option *option = find_option(name);
    if (option == NULL) return false;
    int value = *(const int *)((const char *)options + option->at);
    for (int i = 0; i < 3 && option->words[i].name != NULL; i++)
        if (option->words[i].value == value) *word = option->words[i].name;
    if (*word == NULL) *number = value;
    return true;
}

/* Those who wait */

static sk_wait *begin(sk *s, sk_wait wait) {
    sk_wait *new = malloc(sizeof *new), **last = &s->waiting;
    if (new == NULL) abort();
    *new = wait;
    new->s = s;
    while (*last != NULL) last = &(*last)->next;
    return *last = new;
}

static sk_wait *first(sk *s, int kind) {
    sk_wait *wait = s->waiting;
    while (wait != NULL && (int)wait->kind != kind) wait = wait->next;
    return wait;
}

/* Takes a wait out, and gives its call. */
static void *finish(sk_wait *wait) {
    void *call = wait->call;
    sk_wait **each = &wait->s->waiting;
    while (*each != wait) each = &(*each)->next;
    *each = wait->next;
    gt_stop(&wait->timer);
    free(wait->data);
    free(wait);
    return call;
}

static void release(sk *s, const char *error) {
    while (s->waiting != NULL) sk_done(finish(s->waiting), error);
}

static void go_on(sk *s);
static void watch(sk *s);

void sk_give_up(void *wait) {
    sk *s = ((sk_wait *)wait)->s;
    finish(wait);
    watch(s);
}

static void time_out(void *data) {
    sk *s = ((sk_wait *)data)->s;
    sk_done(finish(data), "timeout");
    watch(s);
}

/* A wait that may be over at once; NULL if it is. */
static sk_wait *wait_for(sk *s, sk_wait wait, long long timeout) {
    sk_wait *mine = begin(s, wait);
    go_on(s);
    for (sk_wait *each = s->waiting; each != NULL; each = each->next) {
        if (each != mine) continue;
        if (timeout == 0)
            time_out(mine);
        else if (timeout > 0)
            gt_after(&mine->timer, timeout, time_out, mine);
        return timeout == 0 ? NULL : mine;
    }
    return NULL;
}

/* Opening and closing */

static sk *open_socket(sk_owner *owner, int fd, sk_state state, const sk_options *options) {
    sk *s = calloc(1, sizeof *s);
    if (s == NULL) abort();
    *s = (sk){.owner = owner, .fd = fd, .state = state, .options = *options, .next = all};
    return all = s;
}

static void failed(void *call, int fd) {
    sk_done(call, name_of(errno));
    if (fd >= 0) close(fd);
}

void sk_listen(void *call, sk_owner *owner, long long port, const sk_options *options) {
    if (port > 65535) {
        sk_done(call, "einval");
        return;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, SOMAXCONN) < 0)
        failed(call, fd);
    else
        sk_opened(call, open_socket(owner, fd, SK_LISTENING, options));
}

int sk_port(const sk *s) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    return getsockname(s->fd, (struct sockaddr *)&address, &size) == 0 ? ntohs(address.sin_port) : -1;
}

/* The connection goes; what is to be told of it is told by others. */
static void hang_up(sk *s, sk_state state) {
    gt_watch(s->fd, 0, NULL, NULL);
    close(s->fd);
    free(s->input);
    s->input = NULL;
    s->length = s->room = 0;
    s->fd = -1;
    s->state = state;
}

static void close_socket(sk *s) {
    if (s->fd >= 0) hang_up(s, SK_CLOSED);
    s->state = SK_CLOSED;
    release(s, "closed");
}

void sk_close(sk *s, void *call) {
    close_socket(s);
    sk_done(call, NULL);
}

void sk_owner_ended(sk_owner *owner) {
    for (sk *s = all; s != NULL; s = s->next)
        if (s->owner == owner) close_socket(s);
}

void sk_clear(void) {
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    while (all != NULL) {
        sk *s = all;
        all = s->next;
        if (s->fd >= 0) setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        if (s->fd >= 0) hang_up(s, SK_CLOSED);
        while (s->waiting != NULL) finish(s->waiting);
        free(s);
    }
}

/* Packets */

static found cut_header(const sk *s, size_t header, size_t *start, size_t *length) {
    size_t most = s->options.packet_size > 0 ? (size_t)s->options.packet_size : LONGEST, body = 0;
    if (s->length < header) return MORE;
    for (size_t i = 0; i < header; i++) body = body << 8 | (unsigned char)s->input[i];
    *start = header;
    *length = body;
    if (body > most) return TOO_LONG;
    return s->length >= header + body ? GOT : MORE;
}

static found cut_line(const sk *s, size_t *length) {
    size_t most = s->options.packet_size > 0 ? (size_t)s->options.packet_size : LONGEST;
    char *end = s->length > 0 ? memchr(s->input, s->options.line_delimiter, s->length) : NULL;
    *length = end != NULL ? (size_t)(end - s->input) + 1 : s->length;
    if (*length > most) return TOO_LONG;
    return end != NULL ? GOT : MORE;
}

/* What of the input is received next: length bytes from start on. */
static found cut(const sk *s, long long wanted, size_t *start, size_t *length) {
    *start = 0;
    if (s->options.packet == SK_LINE) return cut_line(s, length);
    if (s->options.packet != SK_RAW) return cut_header(s, (size_t)s->options.packet, start, length);
    *length = wanted > 0 ? (size_t)wanted : s->length;
    return s->length > 0 && s->length >= *length ? GOT : MORE;
}

/* Receiving */

/* How much to read, that is how much is missing; with packets also what follows, as that does no harm. */
static size_t missing(const sk *s, long long wanted) {
    size_t start = 0, length = 0;
    if (s->options.packet == SK_RAW && wanted > 0) return (size_t)wanted - s->length;
    if (s->options.packet == SK_RAW) return BUFFER - s->length;
    if (s->options.packet != SK_LINE) cut(s, 0, &start, &length);
    return start + length > s->length + BUFFER ? start + length - s->length : BUFFER;
}

/* Without framing, a receive of no length takes all there is, as far as the buffer goes. */
static bool may_be_more(const sk *s, long long wanted) {
    return s->options.packet == SK_RAW && wanted == 0 && s->length < BUFFER;
}

static ssize_t fill(sk *s, size_t most) {
    if (s->room - s->length < most) {
        s->room = s->length + most > 2 * s->room ? s->length + most : 2 * s->room;
        s->input = realloc(s->input, s->room);
        if (s->input == NULL) abort();
    }
    ssize_t got = recv(s->fd, s->input + s->length, most, MSG_DONTWAIT);
    if (got > 0) s->length += (size_t)got;
    return got;
}

static void end(sk *s) {
    bool tell = s->options.active != SK_PASSIVE;
    hang_up(s, tell ? SK_CLOSED : SK_ENDED);
    if (tell) sk_message_of_end(s, NULL);
    release(s, "closed");
}

static void too_long(sk *s, sk_wait *receiver) {
    if (receiver != NULL) {
        sk_done(finish(receiver), "emsgsize");
    } else {
        sk_message_of_end(s, "emsgsize");
        end(s);
    }
}

static void hand_over(sk *s, sk_wait *receiver, size_t start, size_t length) {
    if (receiver != NULL) {
        sk_received(finish(receiver), s, s->input + start, length);
    } else {
        if (s->options.active == SK_ONCE) s->options.active = SK_PASSIVE;
        sk_message(s, s->input + start, length);
    }
    s->length -= start + length;
    memmove(s->input, s->input + start + length, s->length);
}

static void receive(sk *s) {
    bool dry = false, ended = false; /* nothing more to be read now, or ever */
    for (int reads = 0; s->state == SK_CONNECTED;) {
        sk_wait *receiver = first(s, RECEIVE);
        if (receiver == NULL && s->options.active == SK_PASSIVE) return;
        long long wanted = receiver != NULL ? receiver->wanted : 0;
        size_t start = 0, length = 0;
        found found = cut(s, wanted, &start, &length);
        if (!dry && (found == MORE || may_be_more(s, wanted))) {
            size_t most = missing(s, wanted) < MOST ? missing(s, wanted) : MOST;
            ssize_t got = fill(s, most);
            dry = got < (ssize_t)most || ++reads == READS;
            ended = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
        } else if (found == TOO_LONG) {
            too_long(s, receiver);
        } else if (found == GOT) {
            hand_over(s, receiver, start, length);
        } else if (ended) {
            end(s);
        } else {
            return;
        }
    }
}

/* Sending, accepting, connecting */

static void send_on(sk *s) {
    for (sk_wait *sender; (sender = first(s, SEND)) != NULL;) {
        size_t left = sender->length - sender->sent;
        ssize_t sent = left > 0 ? send(s->fd, sender->data + sender->sent, left, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (sent < 0)
            sk_done(finish(sender), name_of(errno));
        else if ((sender->sent += (size_t)sent) == sender->length)
            sk_done(finish(sender), NULL);
    }
}

static void accept_on(sk *s) {
    for (sk_wait *acceptor; (acceptor = first(s, ACCEPT)) != NULL;) {
        int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)) return;
        if (fd < 0) {
            sk_done(finish(acceptor), name_of(errno));
            continue;
        }
        sk *accepted = open_socket(acceptor->owner, fd, SK_CONNECTED, &s->options);
        sk_opened(finish(acceptor), accepted);
        go_on(accepted);
    }
}

static void connect_on(sk *s) {
    struct pollfd asked = {.fd = s->fd, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;
    if (poll(&asked, 1, 0) == 0) return;
    getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        hang_up(s, SK_CLOSED);
        release(s, name_of(error));
    } else {
        s->state = SK_CONNECTED;
        sk_opened(finish(s->waiting), s);
    }
}

static void ready(void *data, short events) {
    (void)events;
    go_on(data);
}

static void watch(sk *s) {
    short events = 0;
    if (s->fd < 0) return;
    if (first(s, RECEIVE) != NULL || first(s, ACCEPT) != NULL) events |= POLLIN;
    if (s->state == SK_CONNECTED && s->options.active != SK_PASSIVE) events |= POLLIN;
    if (first(s, SEND) != NULL || s->state == SK_CONNECTING) events |= POLLOUT;
    gt_watch(s->fd, events, ready, s);
}

/* Does all that can be done, for whoever waits. */
static void go_on(sk *s) {
    if (s->state == SK_LISTENING) accept_on(s);
    if (s->state == SK_CONNECTING) connect_on(s);
    if (s->state == SK_CONNECTED) receive(s);
    if (s->state == SK_CONNECTED) send_on(s);
    watch(s);
}

/* What can be asked for */

void sk_change(sk *s, const sk_options *options) {
    s->options = *options;
    if (s->state == SK_ENDED && s->options.active != SK_PASSIVE) {
        s->state = SK_CLOSED;
        sk_message_of_end(s, NULL);
    }
    go_on(s);
}

static sk_wait *refuse(void *call, const char *error) {
    sk_done(call, error);
    return NULL;
}

sk_wait *sk_connect(void *call, sk_owner *owner, const char *host, long long port, const sk_options *options) {
    if (port > 65535) return refuse(call, "einval");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, host, &address.sin_addr);
    if (fd < 0 || (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS))
        return failed(call, fd), NULL;
    sk *s = open_socket(owner, fd, SK_CONNECTING, options);
    return wait_for(s, (sk_wait){.kind = CONNECT, .call = call}, -1);
}

sk_wait *sk_accept(sk *s, void *call, sk_owner *owner, long long timeout) {
    if (s->state == SK_CLOSED) return refuse(call, "closed");
    if (s->state != SK_LISTENING) return refuse(call, "einval");
    return wait_for(s, (sk_wait){.kind = ACCEPT, .call = call, .owner = owner}, timeout);
}

sk_wait *sk_receive(sk *s, void *call, long long length, long long timeout) {
    if (s->state == SK_LISTENING) return refuse(call, "enotconn");
    if (s->state != SK_CONNECTED) return refuse(call, "closed");
    if (s->options.active != SK_PASSIVE) return refuse(call, "einval");
    return wait_for(s, (sk_wait){.kind = RECEIVE, .call = call, .wanted = length}, timeout);
}

sk_wait *sk_send(sk *s, void *call, const char *data, size_t length) {
    if (s->state == SK_LISTENING) return refuse(call, "enotconn");
    if (s->state != SK_CONNECTED) return refuse(call, "closed");
    if (data == NULL) return refuse(call, "einval");
    size_t header = s->options.packet == SK_LINE ? 0 : (size_t)s->options.packet;
    /* TO MEND: a header of one byte cannot count to 256, see README.md. */
    char *packet = malloc(header + length + 1);
    if (packet == NULL) abort();
    for (size_t i = 0; i < header; i++) packet[i] = (char)(length >> 8 * (header - 1 - i));
    memcpy(packet + header, data, length);
    return wait_for(s, (sk_wait){.kind = SEND, .call = call, .data = packet, .length = header + length}, -1);
}
