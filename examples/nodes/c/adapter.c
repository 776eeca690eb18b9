/* adapter.c - what gen-tck asks of sockets-in-c, in terms of its sockets: a function for each call. */
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

/* Data, as the options say: a list, a binary, or a list of some bytes with the rest as a binary for its tail. */
static gt_text shaped(const sk *s, const char *data, size_t length) {
    gt_text text = {0};
    size_t header = (size_t)s->options.header;
    if (!s->options.binary || length < header) {
        gt_format(&text, "~s", data, length);
    } else if (header == 0) {
        gt_format(&text, "~b", data, length);
    } else {
        gt_add(&text, "{\"$i\":[", 7);
        gt_format(&text, "~s", data, header);
        gt_add(&text, ",", 1);
        gt_format(&text, "~b", data + header, length - header);
        gt_add(&text, "]}", 2);
    }
    return text;
}

void sk_received(void *call, const sk *s, const char *data, size_t length) {
    gt_text text = shaped(s, data, length);
    gt_return(call, "{ok,~t}", text.at, text.length);
    free(text.at);
}

void sk_timed_out(void *call, const char *unsent, size_t length) {
    gt_return(call, "{error,{timeout,~b}}", unsent, length);
}

void sk_message(const sk *s, const char *data, size_t length) {
    gt_text text = shaped(s, data, length);
    if (s->options.deliver == SK_PORT)
        gt_send(s->owner, s, "{~h,{data,~t}}", s->handle, text.at, text.length);
    else
        gt_send(s->owner, s, "{tcp,~h,~t}", s->handle, text.at, text.length);
    free(text.at);
}

void sk_message_of_end(const sk *s, const char *error) {
    error != NULL ? gt_send(s->owner, s, "{tcp_error,~h,~a}", s->handle, error)
                  : gt_send(s->owner, s, "{tcp_closed,~h}", s->handle);
}

void sk_message_of_count(const sk *s) { gt_send(s->owner, s, "{tcp_passive,~h}", s->handle); }

void sk_message_of_close(const sk *s, sk_owner *to, long reference, bool late) {
    gt_send(to, NULL, "{'DOWN',~h,socket,~h,~a}", reference, s->handle, late ? "nosock" : "closed");
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
    long long port, timeout;
    if (gt_arguments(call, "vilt", &address, &port, sk_set_option, &options, &timeout))
        gt_keep(call, sk_connect(call, call->process, "127.0.0.1", port, &options, timeout), sk_give_up);
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

static void call_unrecv(gt_call *call) {
    sk *s;
    const char *data;
    size_t length;
    if (gt_arguments(call, "od", "socket", &s, &data, &length)) sk_put_back(s, call, data, length);
}

static void call_shutdown(gt_call *call) {
    sk *s;
    const gt_term *how;
    if (!gt_arguments(call, "ov", "socket", &s, &how)) return;
    bool both = gt_is_atom(how, "read_write");
    bool reading = both || gt_is_atom(how, "read"), writing = both || gt_is_atom(how, "write");
    reading || writing ? sk_shutdown(s, call, reading, writing) : gt_raise(call, "error", "function_clause");
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
    sk_options present = sk_present_options(s);
    gt_text found = gt_get_options(names, sk_get_option, &present);
    bool known = s->state != SK_CLOSED && found.length > 0;
    known ? gt_return(call, "{ok,~t}", found.at, found.length) : sk_done(call, "einval");
    free(found.at);
}

/* A name as {{127,0,0,1},Port}, its port alone, or an error where it has gone. */
static void return_name(gt_call *call, bool there, const sk_name *name, const char *error) {
    const unsigned char *at = name->bytes;
    there ? gt_return(call, "{ok,{{~i,~i,~i,~i},~i}}", (long long)at[0], (long long)at[1], (long long)at[2],
                      (long long)at[3], (long long)name->port)
          : sk_done(call, error);
}

static void call_sockname(gt_call *call) {
    sk *s;
    sk_name name = {0};
    if (!gt_arguments(call, "o", "socket", &s)) return;
    return_name(call, sk_own_name(s, &name), &name, s->state == SK_ENDED ? "closed" : "einval");
}

static void call_peername(gt_call *call) {
    sk *s;
    sk_name name = {0};
    if (!gt_arguments(call, "o", "socket", &s)) return;
    bool there = sk_name_of_peer(s, &name);
    return_name(call, there, &name, s->fd >= 0 ? "enotconn" : s->state == SK_ENDED ? "closed" : "einval");
}

static void call_port(gt_call *call) {
    sk *s;
    sk_name name;
    if (!gt_arguments(call, "o", "socket", &s)) return;
    sk_own_name(s, &name) ? gt_return(call, "{ok,~i}", (long long)name.port) : sk_done(call, "einval");
}

static bool get_count(const void *from, const char *name, const char **word, long long *number) {
    const sk *s = from;
    (void)word;
    if (strcmp(name, "recv_cnt") == 0) *number = s->receives;
    if (strcmp(name, "recv_oct") == 0) *number = s->received;
    if (strcmp(name, "send_cnt") == 0) *number = s->sends;
    if (strcmp(name, "send_oct") == 0) *number = s->sent;
    if (strcmp(name, "send_pend") == 0) *number = (long long)sk_unsent(s);
    return *number != GT_NO_NUMBER;
}

static void call_getstat(gt_call *call) {
    static const char *const all[] = {"recv_cnt", "recv_oct", "send_cnt", "send_oct", "send_pend"};
    sk *s = NULL;
    gt_text text = {0};
    if (!gt_arguments(call, "o", "socket", &s)) return;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const gt_term *each = call->arity == 2 ? call->args[1]->first : NULL;
        while (each != NULL && !gt_is_atom(each, all[i])) each = each->next;
        if (call->arity == 2 && each == NULL) continue;
        long long number = GT_NO_NUMBER;
        get_count(s, all[i], NULL, &number);
        gt_add(&text, ",", text.length > 0);
        gt_format(&text, "{~a,~i}", all[i], number);
    }
    gt_text list = {0};
    gt_add(&list, "[", 1);
    gt_add(&list, text.at, text.length);
    gt_add(&list, "]", 1);
    s->state != SK_CLOSED ? gt_return(call, "{ok,~t}", list.at, list.length) : sk_done(call, "einval");
    free(list.at);
    free(text.at);
}

static void call_info(gt_call *call) {
    sk *s;
    if (!gt_arguments(call, "o", "socket", &s)) return;
    if (s->state == SK_CLOSED)
        gt_return(call, "#{states=>[closed]}");
    else
        gt_return(call, "#{owner=>~h,states=>[open,~a]}", s->owner->handle,
                  s->state == SK_LISTENING ? "listen" : "connected");
}

static void call_monitor(gt_call *call) {
    sk *s = gt_object(call->args[0], "socket");
    if (s == NULL) {
        gt_raise(call, "error", "badarg");
        return;
    }
    long reference = gt_new_handle("ref", "watch", NULL);
    gt_process *self = call->process;
    gt_return(call, "~h", reference);
    sk_watch_close(s, self, reference);
}

static void call_cancel_monitor(gt_call *call) {
    if (call->args[0]->kind == GT_HANDLE)
        gt_return(call, "~a", sk_unwatch((long)call->args[0]->number) ? "true" : "false");
    else
        gt_raise(call, "error", "badarg");
}

static const gt_function functions[] = {
    {"gen_tcp.listen/2", call_listen},
    {"gen_tcp.accept/1", call_accept},
    {"gen_tcp.accept/2", call_accept},
    {"gen_tcp.connect/3", call_connect},
    {"gen_tcp.connect/4", call_connect},
    {"gen_tcp.recv/2", call_recv},
    {"gen_tcp.recv/3", call_recv},
    {"gen_tcp.unrecv/2", call_unrecv},
    {"gen_tcp.send/2", call_send},
    {"gen_tcp.shutdown/2", call_shutdown},
    {"gen_tcp.close/1", call_close},
    {"gen_tcp.controlling_process/2", call_controlling_process},
    {"inet.setopts/2", call_setopts},
    {"inet.getopts/2", call_getopts},
    {"inet.port/1", call_port},
    {"inet.sockname/1", call_sockname},
    {"inet.peername/1", call_peername},
    {"inet.getstat/1", call_getstat},
    {"inet.getstat/2", call_getstat},
    {"inet.info/1", call_info},
    {"inet.monitor/1", call_monitor},
    {"inet.cancel_monitor/1", call_cancel_monitor},
    {NULL, NULL},
};

int main(void) {
    const char *const profiles[] = {"core", "active-n", NULL};
    const gt_node node = {"sockets-in-c", "0.1", profiles, functions, sk_owner_ended, sk_clear};
    return gt_run(&node);
}
