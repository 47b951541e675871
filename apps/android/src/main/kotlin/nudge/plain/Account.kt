package nudge

import org.json.JSONArray
import org.json.JSONObject

/** One document for the broker, QoS 1. */
data class Publication(val topic: String, val payload: String, val isRetained: Boolean = false)

/** What an answer is for: the request, and the nonce that came with it. */
data class Request(val id: String, val nonce: String) {
  companion object {
    fun of(id: String?, nonce: String?): Request? =
      if (id.isNullOrEmpty() || nonce.isNullOrEmpty()) null else Request(id, nonce)
  }
}

/**
 * What this device says, as docs/schema has it: device, presence, ack, reply.
 * @property root the first level of all topics, "nudge"
 * @property user and [device]: [A-Za-z0-9_-]{1,64}
 */
data class Account(val root: String, val user: String, val device: String) {
  /**
   * @param name for people
   * @param servers host → the address under which this phone knows its OpenCode
   */
  fun registerFcm(token: String, keys: DeviceKeys, name: String, servers: Map<String, String>) =
    register(
      JSONObject()
        .put("platform", "fcm")
        .put("token", token)
        .put("data", true)
        .put("encrypt", JSONObject().put("p256dh", keys.p256dh).put("auth", keys.authText)),
      name,
      servers,
    )

  /** @param endpoint with [p256dh] and [auth] as UnifiedPush's connector gave them */
  fun registerUnifiedPush(
    endpoint: String,
    p256dh: String,
    auth: String,
    name: String,
    servers: Map<String, String>,
  ) = register(
    JSONObject()
      .put("platform", "webpush")
      .put("endpoint", endpoint)
      .put("keys", JSONObject().put("p256dh", p256dh).put("auth", auth))
      // Running turns are shown here, for a person whose preference progress is on.
      .put("progress", JSONObject()),
    name,
    servers,
  )

  fun unregister() = Publication("$root/$user/device/$device", "", isRetained = true)

  private fun register(document: JSONObject, name: String, servers: Map<String, String>): Publication {
    document.put("name", name).put("acks", true)
    if (servers.isNotEmpty()) document.put("servers", JSONObject(servers))
    return Publication("$root/$user/device/$device", document.toString(), isRetained = true)
  }

  /** To be said again before [ttlS] seconds are over. */
  fun foreground(ttlS: Int) =
    presence(JSONObject().put("state", "foreground").put("ttl_s", ttlS).toString())

  /** Also the Last Will of the app's connection. */
  fun background() = presence("background")

  private fun presence(payload: String) =
    Publication("$root/$user/presence/$device", payload, isRetained = true)

  /** The person has seen it: the same notification on other devices goes. */
  fun seen(event: String) = Publication("$root/$user/ack", event)

  /** It was open here for [seconds], no mere glance: from ten on nothing reminds of it any more. */
  fun seen(event: String, seconds: Int): Publication {
    val document = JSONObject().put("event", event).put("device", device).put("open_s", seconds)
    return Publication("$root/$user/ack", document.toString())
  }

  /**
   * @param reply "once", "always" or "reject"
   * @throws Unreadable see [ReplyKey.code]
   */
  fun reply(request: Request, reply: String, key: ReplyKey) =
    answer(request, "reply", reply, key)

  /**
   * One question, answered in the person's own words.
   * @throws Unreadable see [ReplyKey.code]
   */
  fun answer(request: Request, words: String, key: ReplyKey) =
    answer(request, "answers", JSONArray().put(JSONArray().put(words)), key)

  private fun answer(request: Request, name: String, value: Any, key: ReplyKey): Publication {
    val document = JSONObject().put("request", request.id).put("nonce", request.nonce)
    val text = document.put(name, value).toString()
    val signed = JSONObject().put("signed", text).put("mac", key.code(text))
    return Publication("$root/$user/reply", signed.toString())
  }
}
