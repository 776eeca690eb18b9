/* adapter.c - what gen-tck asks of {{name}}, in terms of its sockets: a function for each call. */
#define GEN_TCK_NODE_IMPLEMENTATION
#include "gen_tck_node.h"
#include "sockets.h"

/* What the sockets say */

void sk_done(void *call, const char *error) {
    error != NULL ? gt_return(call, "{error,~a}", error) : gt_return(call, "ok");
}

void sk_opened(void *call, sk *opened) {
    opened->handle = gt_new_handle("ref", "socket", opened);
    gt_return(call, "{ok,~h}", opened->handle);
}

void sk_received(void *call, const sk *s, const char *data, size_t length) {
    gt_return(call, s->options.binary ? "{ok,~b}" : "{ok,~s}", data, length);
}

void sk_message(const sk *s, const char *data, size_t length) {
    gt_send(s->owner, s, s->options.binary ? "{tcp,~h,~b}" : "{tcp,~h,~s}", s->handle, data, length);
}

void sk_message_of_end(const sk *s, const char *error) {
    error != NULL ? gt_send(s->owner, s, "{tcp_error,~h,~a}", s->handle, error)
                  : gt_send(s->owner, s, "{tcp_closed,~h}", s->handle);
}

/* The calls */

static void call_listen(gt_call *call) {
    sk_options options = sk_defaults;
    long long port;
    if (gt_arguments(call, "il", &port, sk_set_option, &options)) sk_listen(call, call->process, port, &options);
}

static void call_connect(gt_call *call) {
    const gt_term *address;
    sk_options options = sk_defaults;
    long long port;
    if (gt_arguments(call, "vil", &address, &port, sk_set_option, &options))
        gt_keep(call, sk_connect(call, call->process, "127.0.0.1", port, &options), sk_give_up);
}

static void call_accept(gt_call *call) {
    sk *s;
    long long timeout;
    if (gt_arguments(call, "ot", "socket", &s, &timeout))
        gt_keep(call, sk_accept(s, call, call->process, timeout), sk_give_up);
}

static void call_recv(gt_call *call) {
    sk *s;
    long long length, timeout;
    if (gt_arguments(call, "oit", "socket", &s, &length, &timeout))
        gt_keep(call, sk_receive(s, call, length, timeout), sk_give_up);
}

static void call_send(gt_call *call) {
    sk *s;
    const char *data;
    size_t length;
    if (gt_arguments(call, "od", "socket", &s, &data, &length))
        gt_keep(call, sk_send(s, call, data, length), sk_give_up);
}

static void call_close(gt_call *call) {
    sk *s;
    if (gt_arguments(call, "o", "socket", &s)) sk_close(s, call);
}

static void call_controlling_process(gt_call *call) {
    sk *s;
    gt_process *heir, *self = call->process;
    if (!gt_arguments(call, "op", "socket", &s, &heir)) return;
    const char *error = s->state == SK_CLOSED ? "closed" : s->owner != self ? "not_owner" : NULL;
    if (error == NULL && heir->ended) error = "badarg";
    if (error == NULL) gt_move_messages(self, heir, s), s->owner = heir;
    sk_done(call, error);
}

static void call_setopts(gt_call *call) {
    sk *s;
    const gt_term *list;
    if (!gt_arguments(call, "ov", "socket", &s, &list)) return;
    sk_options options = s->options;
    bool taken = s->state != SK_CLOSED && gt_set_options(list, sk_set_option, &options);
    sk_done(call, taken ? NULL : "einval");
    if (taken) sk_change(s, &options);
}

static void call_getopts(gt_call *call) {
    sk *s;
    const gt_term *names;
    if (!gt_arguments(call, "ov", "socket", &s, &names)) return;
    gt_text found = gt_get_options(names, sk_get_option, &s->options);
    bool known = s->state != SK_CLOSED && found.length > 0;
    known ? gt_return(call, "{ok,~t}", found.at, found.length) : sk_done(call, "einval");
    free(found.at);
}

static void call_port(gt_call *call) {
    sk *s;
    if (!gt_arguments(call, "o", "socket", &s)) return;
    sk_port(s) >= 0 ? gt_return(call, "{ok,~i}", (long long)sk_port(s)) : sk_done(call, "einval");
}

static const gt_function functions[] = {
    {"gen_tcp.listen/2", call_listen},   {"gen_tcp.accept/2", call_accept},
    {"gen_tcp.connect/3", call_connect}, {"gen_tcp.recv/2", call_recv},
    {"gen_tcp.recv/3", call_recv},       {"gen_tcp.send/2", call_send},
    {"gen_tcp.close/1", call_close},     {"gen_tcp.controlling_process/2", call_controlling_process},
    {"inet.setopts/2", call_setopts},    {"inet.getopts/2", call_getopts},
    {"inet.port/1", call_port},          {NULL, NULL},
};

int main(void) {
    const char *const profiles[] = {"essentials", "packets", NULL};
    const gt_node node = {"{{name}}", "0.1", profiles, functions, sk_owner_ended, sk_clear};
    return gt_run(&node);
}
