/* options.c - the options of sockets by their names: a table. */
#include <limits.h>
#include <string.h>

#include "gen_tck_node.h"
#include "sockets.h"

#define BYTES INT_MAX
#define NONE 0, -1 /* numbers */
#define BOOLEANS                                                                                                       \
    {                                                                                                                  \
        {"false", false}, { "true", true }                                                                             \
    }
#define AT(field) offsetof(sk_options, field)

const sk_options sk_defaults = {
    .active = SK_ACTIVE,
    .line_delimiter = '\n',
    .buffer = 8192,
    .exit_on_close = true,
    .send_timeout = SK_INFINITY,
    .high_watermark = 8192,
    .low_watermark = 4096,
    .recbuf = SK_UNSET,
    .sndbuf = SK_UNSET,
    .nodelay = SK_UNSET,
    .keepalive = SK_UNSET,
    .opening = true,
};

static const struct option {
    const char *name;
    size_t at;
    long long low, high; /* the numbers that may be given; none if high is less */
    struct {
        const char *name;
        long long value;
    } words[3];
} known[] = {
    {"active",
     AT(active),
     -SK_MOST_MESSAGES - 1,
     SK_MOST_MESSAGES,
     {{"false", SK_PASSIVE}, {"true", SK_ACTIVE}, {"once", SK_ONCE}}},
    {"mode", AT(binary), NONE, {{"list", false}, {"binary", true}}},
    {"list", AT(binary), NONE, {{"true", false}}},
    {"binary", AT(binary), NONE, {{"true", true}}},
    {"deliver", AT(deliver), NONE, {{"term", SK_TERM}, {"port", SK_PORT}}},
    {"header", AT(header), 0, BYTES, {{0}}},
    {"packet", AT(packet), 0, 4, {{"raw", SK_RAW}, {"line", SK_LINE}}},
    {"packet_size", AT(packet_size), 0, BYTES, {{0}}},
    {"line_delimiter", AT(line_delimiter), 0, 255, {{0}}},
    {"buffer", AT(buffer), 1, BYTES, {{0}}},
    {"exit_on_close", AT(exit_on_close), NONE, BOOLEANS},
    {"show_econnreset", AT(show_econnreset), NONE, BOOLEANS},
    {"send_timeout", AT(send_timeout), 0, UINT_MAX, {{"infinity", SK_INFINITY}}},
    {"send_timeout_close", AT(send_timeout_close), NONE, BOOLEANS},
    {"delay_send", AT(delay_send), NONE, BOOLEANS},
    {"high_watermark", AT(high_watermark), 0, BYTES, {{0}}},
    {"low_watermark", AT(low_watermark), 0, BYTES, {{0}}},
    {"recbuf", AT(recbuf), 1, BYTES, {{0}}},
    {"sndbuf", AT(sndbuf), 1, BYTES, {{0}}},
    {"nodelay", AT(nodelay), NONE, BOOLEANS},
    {"keepalive", AT(keepalive), NONE, BOOLEANS},
    {"linger", AT(linger), NONE, BOOLEANS}, /* with a number */
};

static const struct option *find_option(const char *name) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, name) == 0) return &known[i];
    return NULL;
}

static bool is_count(long long active) { return active > SK_PASSIVE && active <= SK_MOST_MESSAGES; }

/* Counts add up, but to nothing before the socket is open; one that is used up is told of. */
static bool set_count(sk_options *to, long long number) {
    long long sum = number + (is_count(to->active) && !to->opening ? to->active : 0);
    if (sum > SK_MOST_MESSAGES) return false;
    if (to->opening) to->notices = 0;
    if (sum <= 0) to->notices++;
    to->active = sum > 0 ? sum : SK_PASSIVE;
    return true;
}

static bool set_number(sk_options *to, const struct option *option, long long number) {
    if (number < option->low || number > option->high) return false;
    if (strcmp(option->name, "active") == 0) return set_count(to, number);
    if (strcmp(option->name, "packet") == 0 && number == 3) return false;
    *(long long *)((char *)to + option->at) = number;
    if (strcmp(option->name, "buffer") == 0) to->buffer_is_chosen = true;
    if (strcmp(option->name, "recbuf") == 0 && !to->buffer_is_chosen && to->buffer < number) to->buffer = number;
    return true;
}

static bool set_word(sk_options *to, const struct option *option, const char *word) {
    for (int i = 0; i < 3 && option->words[i].name != NULL; i++) {
        if (strcmp(option->words[i].name, word) != 0) continue;
        *(long long *)((char *)to + option->at) = option->words[i].value;
        if (strcmp(option->name, "active") == 0 && to->opening) to->notices = 0;
        return true;
    }
    return false;
}

bool sk_set_option(void *options, const char *name, const char *word, long long number) {
    sk_options *to = options;
    const struct option *option = find_option(name);
    if (option == NULL) return to->opening && strcmp(name, "ip") == 0; /* of addresses there is one */
    if (word == NULL) return set_number(to, option, number);
    if (strcmp(name, "linger") != 0) return number == GT_NO_NUMBER && set_word(to, option, word);
    if (number < 0 || number > USHRT_MAX) return false;
    to->linger_seconds = number;
    return set_word(to, option, word);
}

bool sk_get_option(const void *options, const char *name, const char **word, long long *number) {
    const sk_options *from = options;
    const struct option *option = find_option(name);
    if (option == NULL) return false;
    long long value = *(const long long *)((const char *)options + option->at);
    if (value == SK_UNSET) return false; /* the kernel has nothing to say any more */
    for (int i = 0; i < 3 && option->words[i].name != NULL; i++)
        if (option->words[i].value == value) *word = option->words[i].name;
    if (*word == NULL) *number = value;
    if (strcmp(name, "linger") == 0) *number = from->linger_seconds;
    return true;
}
