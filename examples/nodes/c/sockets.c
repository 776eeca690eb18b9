/* sockets.c - see sockets.h. Nothing is read from the network before somebody wants it: a passive socket stalls. */
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gen_tck_node.h"

#define MOST (1 << 20)     /* that is read at a time, however much is wanted */
#define READS 16           /* at most for one socket, before it is the others' turn */
#define LONGEST (64 << 20) /* packet, if packet_size says nothing */

struct sk_watch {
    sk_owner *who;
    long reference;
    sk_watch *next;
};

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

/* What the kernel keeps of the options */

static const struct {
    size_t at;
    int level, name;
} kernels[] = {
    {offsetof(sk_options, recbuf), SOL_SOCKET, SO_RCVBUF},
    {offsetof(sk_options, sndbuf), SOL_SOCKET, SO_SNDBUF},
    {offsetof(sk_options, nodelay), IPPROTO_TCP, TCP_NODELAY},
    {offsetof(sk_options, keepalive), SOL_SOCKET, SO_KEEPALIVE},
};
enum { KERNELS = sizeof kernels / sizeof *kernels };

static void apply(int fd, const sk_options *old, const sk_options *new) {
    for (size_t i = 0; fd >= 0 && i < KERNELS; i++) {
        long long before = *(const long long *)((const char *)old + kernels[i].at);
        long long now = *(const long long *)((const char *)new + kernels[i].at);
        int value = (int)now;
        if (now != before) setsockopt(fd, kernels[i].level, kernels[i].name, &value, sizeof value);
    }
}

sk_options sk_present_options(const sk *s) {
    sk_options present = s->options;
    for (size_t i = 0; i < KERNELS; i++) {
        int value;
        socklen_t size = sizeof value;
        bool there = s->fd >= 0 && getsockopt(s->fd, kernels[i].level, kernels[i].name, &value, &size) == 0;
        *(long long *)((char *)&present + kernels[i].at) = there ? value : SK_UNSET;
    }
    return present;
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
static void close_socket(sk *s);

void sk_give_up(void *wait) {
    sk *s = ((sk_wait *)wait)->s;
    finish(wait);
    watch(s);
}

static void time_out_sender(sk *s, sk_wait *sender) {
    if (s->options.send_timeout_close) {
        sk_done(finish(sender), "timeout");
        close_socket(s);
    } else {
        char *data = sender->data;
        size_t sent = sender->sent, length = sender->length;
        sender->data = NULL;
        sk_timed_out(finish(sender), data + sent, length - sent);
        free(data);
    }
}

static void time_out(void *data) {
    sk_wait *wait = data;
    sk *s = wait->s;
    if (wait->kind == SEND) {
        time_out_sender(s, wait);
    } else {
        bool connecting = wait->kind == CONNECT;
        sk_done(finish(wait), "timeout");
        if (connecting) close_socket(s);
    }
    go_on(s);
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
    s->options.opening = false;
    return all = s;
}

static void tell_counts(sk *s) {
    for (; s->options.notices > 0; s->options.notices--) sk_message_of_count(s);
}

static void opened(void *call, sk *s) {
    sk_opened(call, s);
    tell_counts(s);
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
    apply(fd, &sk_defaults, options);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, SOMAXCONN) < 0)
        failed(call, fd);
    else
        opened(call, open_socket(owner, fd, SK_LISTENING, options));
}

static bool tell_name(const struct sockaddr_in *address, sk_name *name) {
    memcpy(name->bytes, &address->sin_addr.s_addr, sizeof name->bytes);
    name->port = ntohs(address->sin_port);
    return true;
}

bool sk_own_name(const sk *s, sk_name *name) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    return getsockname(s->fd, (struct sockaddr *)&address, &size) == 0 && tell_name(&address, name);
}

bool sk_name_of_peer(const sk *s, sk_name *name) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    return getpeername(s->fd, (struct sockaddr *)&address, &size) == 0 && tell_name(&address, name);
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

static void tell_of_close(sk *s) {
    while (s->watching != NULL) {
        sk_watch *first = s->watching;
        s->watching = first->next;
        sk_message_of_close(s, first->who, first->reference, false);
        free(first);
    }
}

static bool forget_watch(sk_watch **where) {
    sk_watch *watch = *where;
    *where = watch->next;
    free(watch);
    return true;
}

static void reset_at_close(sk *s) {
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    if (s->fd >= 0) setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void close_socket(sk *s) {
    if (s->options.linger && s->options.linger_seconds == 0) reset_at_close(s);
    if (s->fd >= 0) hang_up(s, SK_CLOSED);
    s->state = SK_CLOSED;
    release(s, "closed");
    tell_of_close(s);
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
    while (all != NULL) {
        sk *s = all;
        all = s->next;
        reset_at_close(s);
        if (s->fd >= 0) hang_up(s, SK_CLOSED);
        while (s->waiting != NULL) finish(s->waiting);
        while (s->watching != NULL) forget_watch(&s->watching);
        free(s);
    }
}

void sk_watch_close(sk *s, sk_owner *who, long reference) {
    if (s->state == SK_CLOSED) {
        sk_message_of_close(s, who, reference, true);
        return;
    }
    sk_watch *new = malloc(sizeof *new), **last = &s->watching;
    if (new == NULL) abort();
    *new = (sk_watch){.who = who, .reference = reference};
    while (*last != NULL) last = &(*last)->next;
    *last = new;
}

bool sk_unwatch(long reference) {
    for (sk *s = all; s != NULL; s = s->next)
        for (sk_watch **each = &s->watching; *each != NULL; each = &(*each)->next)
            if ((*each)->reference == reference) return forget_watch(each);
    return false;
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
    char *end = s->length > 0 ? memchr(s->input, (int)s->options.line_delimiter, s->length) : NULL;
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
    size_t start = 0, length = 0, buffer = (size_t)s->options.buffer;
    if (s->options.packet == SK_RAW && wanted > 0) return (size_t)wanted - s->length;
    if (s->options.packet == SK_RAW) return (size_t)s->options.buffer - s->length;
    if (s->options.packet != SK_LINE) cut(s, 0, &start, &length);
    return start + length > s->length + buffer ? start + length - s->length : buffer;
}

/* Without framing, a receive of no length takes all there is, as far as the buffer goes. */
static bool may_be_more(const sk *s, long long wanted) {
    return s->options.packet == SK_RAW && wanted == 0 && s->length < (size_t)s->options.buffer;
}

static void make_room(sk *s, size_t more) {
    if (s->room - s->length >= more) return;
    s->room = s->length + more > 2 * s->room ? s->length + more : 2 * s->room;
    s->input = realloc(s->input, s->room);
    if (s->input == NULL) abort();
}

static ssize_t fill(sk *s, size_t most) {
    make_room(s, most);
    ssize_t got = recv(s->fd, s->input + s->length, most, MSG_DONTWAIT);
    if (got > 0) s->length += (size_t)got, s->received += got, s->receives++;
    if (got < 0 && errno == ECONNRESET) s->reset = true;
    return got;
}

/* The owner of an active socket is told, once. */
static void tell_end(sk *s) {
    if (s->told) return;
    s->told = true;
    if (s->reset && s->options.show_econnreset && !s->reset_told) sk_message_of_end(s, "econnreset");
    s->reset_told = true;
    sk_message_of_end(s, NULL);
}

static void tell_receivers(sk *s) {
    for (sk_wait *receiver; (receiver = first(s, RECEIVE)) != NULL;) {
        bool show = s->reset && s->options.show_econnreset && !s->reset_told;
        s->reset_told = true;
        sk_done(finish(receiver), show ? "econnreset" : "closed");
    }
}

/* Nothing more comes. A reset ends both directions, the peer's end does if the options say so. */
static void end(sk *s) {
    bool active = s->options.active != SK_PASSIVE, both = s->reset || s->options.exit_on_close;
    bool gone = active && s->options.exit_on_close; /* nobody has anything to be told any more */
    s->length = 0;
    s->input_ended = true;
    if (both) hang_up(s, gone ? SK_CLOSED : SK_ENDED);
    if (active) tell_end(s);
    tell_receivers(s);
    if (both) release(s, "closed");
    if (s->state == SK_CLOSED) tell_of_close(s);
}

static void too_long(sk *s, sk_wait *receiver) {
    if (receiver != NULL) {
        sk_done(finish(receiver), "emsgsize");
    } else {
        sk_message_of_end(s, "emsgsize");
        sk_message_of_end(s, NULL);
        close_socket(s);
    }
}

static void message(sk *s, const char *data, size_t length) {
    long long active = s->options.active;
    bool last = active == 1;
    if (active == SK_ONCE || last) s->options.active = SK_PASSIVE;
    if (active > 1 && active <= SK_MOST_MESSAGES) s->options.active--;
    sk_message(s, data, length);
    if (last) sk_message_of_count(s);
}

static void hand_over(sk *s, sk_wait *receiver, size_t start, size_t length) {
    if (receiver != NULL)
        sk_received(finish(receiver), s, s->input + start, length);
    else
        message(s, s->input + start, length);
    s->length -= start + length;
    memmove(s->input, s->input + start + length, s->length);
}

/* One step; whether there may be another. */
static bool receive_one(sk *s, int *reads, bool *dry, bool *ended) {
    sk_wait *receiver = first(s, RECEIVE);
    if (receiver == NULL && (s->options.active == SK_PASSIVE || s->input_ended)) return false;
    if (s->input_ended) {
        tell_receivers(s);
        return false;
    }
    long long wanted = receiver != NULL ? receiver->wanted : 0;
    size_t start = 0, length = 0;
    found found = cut(s, wanted, &start, &length);
    if (!*dry && (found == MORE || may_be_more(s, wanted))) {
        size_t most = missing(s, wanted) < MOST ? missing(s, wanted) : MOST;
        ssize_t got = fill(s, most);
        *dry = got < (ssize_t)most || ++*reads == READS;
        *ended = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
    } else if (found == TOO_LONG) {
        too_long(s, receiver);
    } else if (found == GOT) {
        hand_over(s, receiver, start, length);
    } else if (*ended) {
        end(s);
    } else {
        return false;
    }
    return true;
}

static void receive(sk *s) {
    bool dry = false, ended = false; /* nothing more to be read now, or ever */
    int reads = 0;
    while (s->state == SK_CONNECTED && receive_one(s, &reads, &dry, &ended)) continue;
}

/* Sending, accepting, connecting */

static const char *send_error(sk *s, int error) {
    s->output_ended = true;
    if (error != ECONNRESET && error != EPIPE) return name_of(error); /* EPIPE: it came after the peer's end */
    s->reset = true;
    return s->options.show_econnreset ? "econnreset" : "closed";
}

static void send_on(sk *s) {
    for (sk_wait *sender; (sender = first(s, SEND)) != NULL;) {
        size_t left = sender->length - sender->sent;
        ssize_t sent = left > 0 ? send(s->fd, sender->data + sender->sent, left, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (sent < 0) {
            sk_done(finish(sender), send_error(s, errno));
        } else {
            sender->sent += (size_t)sent;
            s->sent += sent;
            if (sender->sent < sender->length) continue;
            s->sends++;
            sk_done(finish(sender), NULL);
        }
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
        apply(fd, &sk_defaults, &s->options);
        opened(finish(acceptor), accepted);
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
        opened(finish(s->waiting), s);
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
    if (s->state == SK_CONNECTED && s->options.active != SK_PASSIVE && !s->input_ended) events |= POLLIN;
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
    apply(s->fd, &s->options, options);
    s->options = *options;
    tell_counts(s);
    if ((s->state == SK_ENDED || s->input_ended) && s->options.active != SK_PASSIVE) tell_end(s);
    if (s->state == SK_ENDED && s->options.active != SK_PASSIVE && s->options.exit_on_close) close_socket(s);
    go_on(s);
}

static sk_wait *refuse(void *call, const char *error) {
    sk_done(call, error);
    return NULL;
}

sk_wait *sk_connect(void *call, sk_owner *owner, const char *host, long long port, const sk_options *options,
                    long long timeout) {
    if (port > 65535) return refuse(call, "einval");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, host, &address.sin_addr);
    apply(fd, &sk_defaults, options);
    if (fd < 0 || (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS))
        return failed(call, fd), NULL;
    sk *s = open_socket(owner, fd, SK_CONNECTING, options);
    return wait_for(s, (sk_wait){.kind = CONNECT, .call = call}, timeout);
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
    if (length > LONGEST) return refuse(call, "enomem");
    return wait_for(s, (sk_wait){.kind = RECEIVE, .call = call, .wanted = length}, timeout);
}

void sk_put_back(sk *s, void *call, const char *data, size_t length) {
    const char *error = s->state != SK_CONNECTED ? "closed" : data == NULL ? "einval" : NULL;
    if (error == NULL && length > 0) {
        make_room(s, length);
        memmove(s->input + length, s->input, s->length);
        memcpy(s->input, data, length);
        s->length += length;
    }
    sk_done(call, error);
    go_on(s);
}

sk_wait *sk_send(sk *s, void *call, const char *data, size_t length) {
    if (s->state == SK_LISTENING) return refuse(call, "enotconn");
    if (s->state != SK_CONNECTED || s->output_ended) return refuse(call, "closed");
    if (data == NULL) return refuse(call, "einval");
    size_t header = s->options.packet == SK_LINE ? 0 : (size_t)s->options.packet;
    if (header > 0 && header < sizeof length && length >> 8 * header > 0) return refuse(call, "emsgsize");
    char *packet = malloc(header + length + 1);
    if (packet == NULL) abort();
    for (size_t i = 0; i < header; i++) packet[i] = (char)(length >> 8 * (header - 1 - i));
    memcpy(packet + header, data, length);
    sk_wait send = {.kind = SEND, .call = call, .data = packet, .length = header + length};
    return wait_for(s, send, s->options.send_timeout);
}

size_t sk_unsent(const sk *s) {
    size_t unsent = 0;
    for (sk_wait *each = s->waiting; each != NULL; each = each->next)
        if (each->kind == SEND) unsent += each->length - each->sent;
    return unsent;
}

void sk_shutdown(sk *s, void *call, bool reading, bool writing) {
    const char *error = NULL;
    if (s->state == SK_LISTENING || s->state == SK_CONNECTING) error = "enotconn";
    if (s->state == SK_ENDED || s->state == SK_CLOSED) error = "closed";
    if (error == NULL && shutdown(s->fd, reading && writing ? SHUT_RDWR : reading ? SHUT_RD : SHUT_WR) < 0)
        error = errno == ENOTCONN ? "enotconn" : name_of(errno);
    if (error == NULL && writing) {
        s->output_ended = true;
        for (sk_wait *sender; (sender = first(s, SEND)) != NULL;) sk_done(finish(sender), "closed");
    }
    sk_done(call, error);
    go_on(s);
}
