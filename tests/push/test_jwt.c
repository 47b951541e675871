#include "push/jwt.h"
#include "unit.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#define HEADER "{\"alg\":\"ES256\",\"kid\":\"ABC1234567\"}"
#define CLAIMS "{\"iss\":\"DEF1234567\",\"iat\":1764000000}"
#define TOKEN_MAX 2048

/* The private key in PEM, the caller's to free; NULL cipher = in the clear. */
static char *
pem_of(EVP_PKEY *key, const EVP_CIPHER *cipher)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char phrase[] = "pass";
	char *data;
	char *pem;
	long len;

	assert_non_null(key);
	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, NULL,
	                     0, NULL, cipher != NULL ? phrase : NULL),
	    1);
	len = BIO_get_mem_data(bio, &data);
	pem = strndup(data, (size_t)len);
	BIO_free(bio);
	return pem;
}

static char *
public_pem_of(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	char *pem;
	long len;

	assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
	len = BIO_get_mem_data(bio, &data);
	pem = strndup(data, (size_t)len);
	BIO_free(bio);
	return pem;
}

/* Bytes of a base64url text; it must be one, without padding. */
static size_t
decode(const char *text, size_t len, uint8_t *out)
{
	unsigned char padded[TOKEN_MAX];
	size_t whole = (len + 3) / 4 * 4;

	assert_true(whole < sizeof(padded) && len % 4 != 1);
	for (size_t i = 0; i < len; i++) {
		assert_null(memchr("+/=", text[i], 3));
		padded[i] = (unsigned char)text[i];
		if (text[i] == '-')
			padded[i] = '+';
		if (text[i] == '_')
			padded[i] = '/';
	}
	memset(padded + len, '=', whole - len);
	assert_int_equal(EVP_DecodeBlock(out, padded, (int)whole),
	    (int)(whole / 4 * 3));
	return whole / 4 * 3 - (whole - len);
}

static bool
is_signed_by(EVP_PKEY *key, const char *text, size_t len, const uint8_t *raw)
{
	ECDSA_SIG *signature = ECDSA_SIG_new();
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t *der = NULL;
	int der_len;
	bool is_good;

	assert_int_equal(ECDSA_SIG_set0(signature, BN_bin2bn(raw, 32, NULL),
	                     BN_bin2bn(raw + 32, 32, NULL)),
	    1);
	der_len = i2d_ECDSA_SIG(signature, &der);
	assert_true(der_len > 0);
	assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL,
	                     key),
	    1);
	is_good = EVP_DigestVerify(context, der, (size_t)der_len,
	              (const unsigned char *)text, len) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(signature);
	EVP_MD_CTX_free(context);
	return is_good;
}

/* Take a token apart and check its signature, sharing no code with ours. */
static bool
is_valid(const char *token, EVP_PKEY *key)
{
	const char *end = strrchr(token, '.');
	uint8_t raw[TOKEN_MAX];

	assert_non_null(end);
	assert_int_equal(strlen(end + 1), 86);
	assert_int_equal(decode(end + 1, strlen(end + 1), raw), 64);
	return is_signed_by(key, token, (size_t)(end - token), raw);
}

static void
sign(EVP_PKEY *key, struct buf *token)
{
	char *pem = pem_of(key, NULL);

	assert_int_equal(jwt_sign_es256(HEADER, CLAIMS, pem, token), STATUS_OK);
	free(pem);
}

/* RFC 7515 appendix A.3: proves the judge, not the accused. */
TEST(can_tell_a_good_signature_from_a_bad_one)
{
	static const char x_text[] =
	    "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
	static const char y_text[] =
	    "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
	char token[] = "eyJhbGciOiJFUzI1NiJ9."
	               "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dH"
	               "A6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
	               "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5d"
	               "jxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	uint8_t point[80] = { 0x04 };
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;

	(void)decode(x_text, strlen(x_text), point + 1);
	(void)decode(y_text, strlen(y_text), point + 33);
	assert_true(OSSL_PARAM_BLD_push_utf8_string(builder,
	    OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0));
	assert_true(OSSL_PARAM_BLD_push_octet_string(builder,
	    OSSL_PKEY_PARAM_PUB_KEY, point, 65));
	params = OSSL_PARAM_BLD_to_param(builder);
	assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
	assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY,
	                     params),
	    1);
	assert_true(is_valid(token, key));
	token[30] ^= 1;
	assert_false(is_valid(token, key));
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key);
}

TEST(writes_header_claims_and_signature)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct buf token;

	buf_init(&token, TOKEN_MAX);
	sign(key, &token);
	assert_memory_equal(buf_text(&token),
	    "eyJhbGciOiJFUzI1NiIsImtpZCI6IkFCQzEyMzQ1NjcifQ."
	    "eyJpc3MiOiJERUYxMjM0NTY3IiwiaWF0IjoxNzY0MDAwMDAwfQ.",
	    98);
	assert_int_equal(token.len, 98 + 86);
	assert_true(is_valid(buf_text(&token), key));
	buf_finish(&token);
	EVP_PKEY_free(key);
}

TEST(signs_with_the_key_it_was_given)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	EVP_PKEY *other = EVP_EC_gen("P-256");
	struct buf token;

	buf_init(&token, TOKEN_MAX);
	sign(key, &token);
	assert_false(is_valid(buf_text(&token), other));
	buf_finish(&token);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

/* One number in 128 begins with a zero byte, which DER leaves out. */
TEST(fills_short_numbers_up_with_zeros)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	char *pem = pem_of(key, NULL);
	struct buf token;

	buf_init(&token, TOKEN_MAX);
	for (int i = 0; i < 1500; i++) {
		buf_clear(&token);
		assert_int_equal(jwt_sign_es256(HEADER, CLAIMS, pem, &token),
		    STATUS_OK);
		assert_true(is_valid(buf_text(&token), key));
	}
	buf_finish(&token);
	free(pem);
	EVP_PKEY_free(key);
}

TEST(appends_to_what_is_already_there)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct buf token;

	buf_init(&token, TOKEN_MAX);
	buf_addf(&token, "bearer ");
	sign(key, &token);
	assert_memory_equal(buf_text(&token), "bearer eyJ", 10);
	assert_true(is_valid(buf_text(&token) + 7, key));
	buf_finish(&token);
	EVP_PKEY_free(key);
}

TEST(says_when_the_token_does_not_fit)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	char *pem = pem_of(key, NULL);
	static const size_t sizes[] = { 0, 40, 90, 98, 183 };

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct buf token;

		buf_init(&token, sizes[i]);
		assert_int_equal(jwt_sign_es256(HEADER, CLAIMS, pem, &token),
		    STATUS_TOO_LARGE);
		buf_finish(&token);
	}
	free(pem);
	EVP_PKEY_free(key);
}

#define NO_KEY "holds no PEM private key"
#define NO_CURVE "holds a key that is not on the curve P-256"

static void
assert_refused(const char *pem, const char *why)
{
	struct fault fault = { "" };
	struct buf token;

	assert_int_equal(jwt_check_es256(pem, &fault), STATUS_BAD_INPUT);
	assert_string_equal(fault.text, why);
	buf_init(&token, TOKEN_MAX);
	assert_int_equal(jwt_sign_es256(HEADER, CLAIMS, pem, &token),
	    STATUS_BAD_INPUT);
	assert_int_equal(token.len, 0);
	buf_finish(&token);
}

TEST(takes_a_key_on_p256_as_apple_gives_it)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	char *pem = pem_of(key, NULL);
	struct fault fault = { "" };

	assert_memory_equal(pem, "-----BEGIN PRIVATE KEY-----\n", 28);
	assert_int_equal(jwt_check_es256(pem, &fault), STATUS_OK);
	assert_false(fault_is_set(&fault));
	/* An editor may have dropped the last line break. */
	pem[strlen(pem) - 1] = '\0';
	assert_int_equal(jwt_check_es256(pem, &fault), STATUS_OK);
	free(pem);
	EVP_PKEY_free(key);
}

TEST(refuses_a_key_of_another_kind)
{
	EVP_PKEY *keys[] = { EVP_EC_gen("P-384"), EVP_EC_gen("secp256k1"),
		EVP_RSA_gen(2048), EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") };

	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		char *pem = pem_of(keys[i], NULL);

		assert_refused(pem, NO_CURVE);
		free(pem);
		EVP_PKEY_free(keys[i]);
	}
}

/* It must not ask a terminal for the pass phrase either. */
TEST(refuses_a_key_behind_a_pass_phrase)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	char *pem = pem_of(key, EVP_aes_256_cbc());

	assert_refused(pem, NO_KEY);
	free(pem);
	EVP_PKEY_free(key);
}

TEST(refuses_half_a_key)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	char *public = public_pem_of(key);
	char *pem = pem_of(key, NULL);

	assert_refused(public, NO_KEY);
	pem[strlen(pem) / 2] = '\0';
	assert_refused(pem, NO_KEY);
	free(public);
	free(pem);
	EVP_PKEY_free(key);
}

TEST(refuses_garbage)
{
	static const char *const texts[] = { "", "\n", "secret",
		"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\n@@@@\n"
		"-----END PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n"
		"-----END PRIVATE KEY-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n"
		"-----END CERTIFICATE-----\n" };

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_refused(texts[i], NO_KEY);
}

/* RFC 7515 A.2, the key; as PEM. */
#define RSA_PEM                                                              \
	"-----BEGIN PRIVATE KEY-----\n"                                      \
	"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCh+BYK4uPJtGXO\n" \
	"jS1lYmM2K5J9vinh8CR3/BYlzJChNuOL2TSXxbbqY913EeZ8dCn5VrD7io8ImtxL\n" \
	"aYk8wTM/U+3QGbh3hCUv7JFP5IV3aVlL6kKA0ywPVb9ilE8TA5a8bpvfbr3SvaNn\n" \
	"juygxmj3AbONv/s4yDQs4v5tJ/reSlpIdJed1LnPmt7Ex1sFhSwsD174pcF1A5L5\n" \
	"ROjtZMEQxrZHYJqkeDrrnGya11UxMFBji4NmXG9veoKjlnAqH2QbgtPr8jkiGUkf\n" \
	"toaHLFcW9Qr4NY2ai50Xw0Byj3+H2JoY2PyrZ62EWQwuz3WTOTY8BwNNb2BvniHg\n" \
	"VFbK5emhAgMBAAECggEAEq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyW\n" \
	"PEAeP88vLNO97IjlA7/GQ5sLKMgvfTeXZx9SE+7YwVol2NXOoAJe46sui395IW/G\n" \
	"O+pWJ1O0BkTGoVEn2bKVRUCgu+GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzj\n" \
	"kn439X0M/V51gfpRLI9JYanrC4D4qAdGcopV/0ZHHzQlBjudU2QvXt4ehNYTCBr6\n" \
	"XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl/x/jTj3ccPDVZFD9pIuhLhBOneufuBiB\n" \
	"4cS98l2SR/RQyGWSeWjnczT0QU91p1DhOVRuOopznQKBgQDgHMQQ60imZV1URk0K\n" \
	"pLttoLhyt3SmqdEf/kgHePDdtzEafpAu+cS191R2JiuoF2yzWXnwFDcqGigp5BNr\n" \
	"0AHQfD8/Lk8l1Mk09jxxCfui5nYooNyac8YFjm3vItzVCVDnEd3BbVWG8qf6deqE\n" \
	"lMGAg+C2V0L4oNXnP7LZcPAZRwKBgQC5A8R+CZW2MvRTLLHzwZkUXV866cff7tx6\n" \
	"kqa0finGG0KgeqlaZPxgCZnFp7AeAcCMtiynVlJ7vMVgePsLq6XtON4tB5kP9jAP\n" \
	"rq3rbAOal78eUH5OcED6eNuCV8ixEu1eWcPNCS/l1OW1EnXUEoEHKl54Xrrz2uNw\n" \
	"kgMTP1FZ1wKBgAcCn1dwJKufzBWQxWQp1vsM5fggqPN1qGb5y0MAk3g7/Ls5bkUp\n" \
	"5u9SN0Ai3Ya6hNnvWJMb7sXQX6U/zyO2M/hTip7tUeh7CXgwo59dkpN75gJLVds2\n" \
	"9+DAncu3KXU4f2Fa+7bLNrur53k8KwPOq2bbuTG69QtV7Jr5MR0AHWKNAoGBAIf/\n" \
	"evpitUf+4JYbLpvNXWcY052Mpz22aR84mY3nh3F2LF2mjMJDpTg7FmuyPcVw6EcG\n" \
	"yoAe9fa65iNqCq+jdw6PVNGo2hxfjSiZ8IIzHdsPXI89//pMjZcQK9r+CCoRjaZj\n" \
	"OYiIDktVWZzmevJuv6WywUqd57LE3Zar3dLSIkx1AoGAIYd7DHOhrWvxkwPQsRM2\n" \
	"tOgrjbcrfvtQJipd+DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd/QJQ3\n" \
	"ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp/gh6A56\n" \
	"03k2+ZQwVK0JKSHuLFkuQ3U=\n"                                         \
	"-----END PRIVATE KEY-----\n"
#define RSA_SIGNATURE                                                            \
	"cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm" \
	"4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--" \
	"f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383Lc" \
	"OLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUi" \
	"pUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"

TEST(makes_the_rs256_token_of_the_rfc)
{
	struct buf token;

	buf_init(&token, TOKEN_MAX);
	assert_int_equal(jwt_sign_rs256("{\"alg\":\"RS256\"}",
	                     "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n "
	                     "\"http://example.com/is_root\":true}",
	                     RSA_PEM, &token),
	    STATUS_OK);
	assert_string_equal(strrchr(buf_text(&token), '.') + 1, RSA_SIGNATURE);
	buf_finish(&token);
}

TEST(keeps_the_two_kinds_of_key_apart)
{
	static const char rsa[] = RSA_PEM;
	struct fault fault = { "" };
	struct buf token;
	struct buf ec;

	buf_init(&token, TOKEN_MAX);
	buf_init(&ec, TOKEN_MAX);
	assert_int_equal(jwt_make_es256(&ec), STATUS_OK);
	assert_int_equal(jwt_check_rs256(rsa, &fault), STATUS_OK);
	assert_int_equal(jwt_check_rs256(buf_text(&ec), &fault),
	    STATUS_BAD_INPUT);
	assert_int_equal(jwt_sign_rs256("{}", "{}", buf_text(&ec), &token),
	    STATUS_BAD_INPUT);
	assert_int_equal(jwt_sign_es256("{}", "{}", rsa, &token),
	    STATUS_BAD_INPUT);
	assert_int_equal(jwt_add_public(rsa, &token), STATUS_BAD_INPUT);
	assert_int_equal(token.len, 0);
	buf_finish(&token);
	buf_finish(&ec);
}

TEST(makes_a_key_and_tells_its_public_half)
{
	struct fault fault = { "" };
	uint8_t point[65];
	struct buf one;
	struct buf other;
	struct buf text;

	buf_init(&one, TOKEN_MAX);
	buf_init(&other, TOKEN_MAX);
	buf_init(&text, TOKEN_MAX);
	assert_int_equal(jwt_make_es256(&one), STATUS_OK);
	assert_int_equal(jwt_make_es256(&other), STATUS_OK);
	assert_string_not_equal(buf_text(&one), buf_text(&other));
	assert_int_equal(jwt_check_es256(buf_text(&one), &fault), STATUS_OK);
	assert_int_equal(jwt_add_public(buf_text(&one), &text), STATUS_OK);
	assert_int_equal(text.len, 87);
	assert_int_equal(decode(buf_text(&text), text.len, point), 65);
	assert_int_equal(point[0], 4);
	buf_finish(&one);
	buf_finish(&other);
	buf_finish(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(can_tell_a_good_signature_from_a_bad_one),
		cmocka_unit_test(writes_header_claims_and_signature),
		cmocka_unit_test(signs_with_the_key_it_was_given),
		cmocka_unit_test(fills_short_numbers_up_with_zeros),
		cmocka_unit_test(appends_to_what_is_already_there),
		cmocka_unit_test(says_when_the_token_does_not_fit),
		cmocka_unit_test(takes_a_key_on_p256_as_apple_gives_it),
		cmocka_unit_test(refuses_a_key_of_another_kind),
		cmocka_unit_test(refuses_a_key_behind_a_pass_phrase),
		cmocka_unit_test(refuses_half_a_key),
		cmocka_unit_test(refuses_garbage),
		cmocka_unit_test(makes_the_rs256_token_of_the_rfc),
		cmocka_unit_test(keeps_the_two_kinds_of_key_apart),
		cmocka_unit_test(makes_a_key_and_tells_its_public_half),
	};

	return cmocka_run_group_tests_name("jwt", tests, NULL, NULL);
}
