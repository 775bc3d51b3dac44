/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages (RFC 5322) and their way out (RFC 5321, RFC 3207). */
#include "transport/mail.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <time.h>

#include "support/alloc.h"
#include "transport/http_internal.h"

#define LINE 57 /* octets that make 76 characters of base64 (RFC 2045 §6.8) */

static void add_base64(struct rz_buffer *out, struct rz_str text)
{
    unsigned char coded[80];
    for (size_t at = 0; at < text.size; at += LINE) {
        size_t size = text.size - at < LINE ? text.size - at : LINE;
        int length = EVP_EncodeBlock(coded, (const unsigned char *)text.data + at, (int)size);
        rz_buffer_append(out, coded, (size_t)length);
        rz_buffer_text(out, "\r\n");
    }
}

/* Encoded words of at most 75 characters, cut between characters (RFC 2047 §2). */
static void add_subject(struct rz_buffer *out, struct rz_str text)
{
    unsigned char coded[80];
    rz_buffer_text(out, "Subject:");
    for (size_t at = 0; at < text.size;) {
        size_t size = text.size - at < 42 ? text.size - at : 42;
        while (size > 1 && at + size < text.size
               && ((unsigned char)text.data[at + size] & 0xc0) == 0x80)
            size--;
        int length = EVP_EncodeBlock(coded, (const unsigned char *)text.data + at, (int)size);
        rz_buffer_printf(out, "%s =?UTF-8?B?%.*s?=", at ? "\r\n" : "", length, coded);
        at += size;
    }
    rz_buffer_text(out, "\r\n");
}

static void write_message(const struct rz_mail *mail, struct rz_buffer *out)
{
    /* Names of days and months must be English whatever the locale (RFC 5322 §3.3). */
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm tm;
    time_t time = (time_t)mail->time;
    gmtime_r(&time, &tm);
    rz_buffer_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday],
                     tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
                     tm.tm_sec);
    rz_buffer_printf(out, "From: <%s>\r\nTo: ", mail->from);
    for (size_t i = 0; i < mail->to.count; i++)
        rz_buffer_printf(out, "%s<%s>", i ? ",\r\n " : "", mail->to.items[i]);
    rz_buffer_printf(out, "\r\nMessage-ID: <%s@%s>\r\n", mail->id, strchr(mail->from, '@') + 1);
    rz_buffer_text(out, "Auto-Submitted: auto-generated\r\n"); /* RFC 3834 §5 */
    add_subject(out, mail->subject);
    rz_buffer_text(out, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                        "Content-Transfer-Encoding: base64\r\n\r\n");
    add_base64(out, mail->text);
}

struct upload {
    const struct rz_buffer *message;
    size_t at;
};

static size_t give(char *room, size_t one, size_t size, void *user)
{
    struct upload *upload = user;
    size_t left = upload->message->size - upload->at;
    size_t part = left < one * size ? left : one * size;
    memcpy(room, upload->message->data + upload->at, part);
    upload->at += part;
    return part;
}

static int take_progress(void *user, curl_off_t total, curl_off_t now, curl_off_t upload_total,
                         curl_off_t upload_now)
{
    (void)total, (void)now, (void)upload_total, (void)upload_now;
    return rz_context_stopped(user);
}

static size_t drop(char *data, size_t one, size_t size, void *user)
{
    (void)data, (void)user;
    return one * size;
}

static void set_options(CURL *curl, const struct rz_mail *mail, struct upload *upload,
                        struct rz_buffer *ca, char *error)
{
    curl_easy_setopt(curl, CURLOPT_URL, mail->server);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     mail->starttls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (ca->size) {
        struct curl_blob blob = {ca->data, ca->size, CURL_BLOB_NOCOPY};
        curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    if (mail->password) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, mail->username);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, rz_secret_text(mail->password));
    }
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, mail->from);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, upload);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)mail->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)mail->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, take_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, mail->context);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

/* A code of 5xx is for good (RFC 5321 §4.2.1), and so is what TLS or the log-in found. */
static enum rz_status judge(CURL *curl, CURLcode code, const char *error, struct rz_buffer *why)
{
    long reply = 0;
    if (code == CURLE_OK)
        return RZ_OK;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
    RZ_BUFFER_CLEANUP struct rz_buffer redacted = {0};
    rz_secret_redact(&redacted, rz_str_of(*error ? error : curl_easy_strerror(code)));
    rz_buffer_visible(why, rz_buffer_view(&redacted));
    return (reply >= 500 && reply <= 599) || code == CURLE_LOGIN_DENIED
                   || code == CURLE_USE_SSL_FAILED || code == CURLE_PEER_FAILED_VERIFICATION
               ? RZ_REJECTED
               : RZ_NETWORK;
}

enum rz_status rz_mail_send(const struct rz_mail *mail, struct rz_buffer *why)
{
    char error[CURL_ERROR_SIZE] = "";
    RZ_BUFFER_CLEANUP struct rz_buffer message = {0};
    RZ_BUFFER_CLEANUP struct rz_buffer ca = {0};
    struct rz_diags diags = {0};
    struct upload upload = {&message, 0};
    struct curl_slist *to = NULL;
    if (mail->ca_file
        && rz_http_read_ca(mail->context, mail->ca_file, &ca, (struct rz_place){0}, &diags)
               != RZ_OK) {
        rz_buffer_text(why, diags.items[diags.count - 1].message);
        rz_diags_free(&diags);
        return RZ_REJECTED;
    }
    rz_http_start();
    CURL *curl = curl_easy_init();
    if (!curl)
        rz_out_of_memory();
    write_message(mail, &message);
    set_options(curl, mail, &upload, &ca, error);
    for (size_t i = 0; i < mail->to.count; i++)
        to = rz_http_list_add(to, mail->to.items[i]);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
    enum rz_status status = judge(curl, curl_easy_perform(curl), error, why);
    curl_slist_free_all(to);
    curl_easy_cleanup(curl);
    return status;
}
