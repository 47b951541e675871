package nudge.app

import android.util.Log
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import javax.net.ssl.SSLContext
import javax.net.ssl.SSLSocketFactory
import nudge.Account
import nudge.Pairing
import nudge.Publication
import org.eclipse.paho.mqttv5.client.IMqttToken
import org.eclipse.paho.mqttv5.client.MqttCallback
import org.eclipse.paho.mqttv5.client.MqttClient
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence
import org.eclipse.paho.mqttv5.common.MqttException
import org.eclipse.paho.mqttv5.common.MqttMessage
import org.eclipse.paho.mqttv5.common.packet.MqttProperties
import org.json.JSONException
import org.json.JSONObject

/**
 * The connection to the broker: while somebody looks, and else for as long as one
 * thing takes to say. It is never made again by itself, so nothing is sent late.
 */
class Broker(private val pairing: Pairing, private val account: Account) {
  private var client: MqttClient? = null
  private var ear = Ear()
  private var isStaying = false

  /** Within seconds. @return whether the broker has it, and no agent refused it */
  @Synchronized
  fun publish(publication: Publication): Boolean {
    if (publication.topic == account.background().topic) {
      isStaying = publication != account.background()
    }
    return attempt { connected ->
      val answer = if (publication.topic.endsWith("/reply")) requestOf(publication) else null
      if (answer != null) connected.subscribe("${account.root}/${account.user}/receipt", QOS)
      val message = MqttMessage(publication.payload.toByteArray(), QOS, publication.isRetained, null)
      connected.publish(publication.topic, message)
      // Silence is no refusal: the broker has it.
      answer == null || ear.await { fateIn(it, answer) } != "refused"
    } ?: false
  }

  private fun requestOf(reply: Publication): String =
    JSONObject(JSONObject(reply.payload).getString("signed")).getString("request")

  /** What an agent made of [request]; receipts of another kind are the bridge's. */
  private fun fateIn(receipt: JSONObject, request: String): String? =
    (receipt.opt("state") as? String)
      ?.takeIf { receipt.opt("request") == request && (it == "answered" || it == "refused") }

  /** What the bridge's Web Push is signed with. */
  @Synchronized
  fun vapidKey(): String? = attempt { connected ->
    connected.subscribe("${account.root}/bridge/+/info", QOS)
    ear.await { it.opt("vapid_public_key") as? String }
  }

  @Synchronized
  fun close() {
    val old = client ?: return
    client = null
    for (end in listOf({ old.disconnectForcibly(0, QUIT_MS) }, { old.close(true) })) {
      try {
        end()
      } catch (failure: MqttException) {
        Log.d("nudge", "the connection was over", failure)
      }
    }
  }

  private fun <T> attempt(what: (MqttClient) -> T): T? =
    try {
      what(client?.takeIf(MqttClient::isConnected) ?: connect()).also { if (!isStaying) close() }
    } catch (failure: MqttException) {
      Log.w("nudge", "the broker: ${failure.cause?.message ?: failure.message}")
      close()
      null
    } catch (failure: InterruptedException) {
      Log.w("nudge", "the broker took too long", failure)
      close()
      null
    }

  private fun connect(): MqttClient {
    close()
    val new = MqttClient(address(pairing), "nudge-${account.user}-${account.device}", MemoryPersistence())
    client = new
    ear = Ear()
    new.setCallback(ear)
    new.timeToWait = ackMs
    new.connect(options())
    return new
  }

  private fun options() = MqttConnectionOptions().apply {
    isCleanStart = true
    isAutomaticReconnect = false
    connectionTimeout = (ackMs / 1000).toInt().coerceAtLeast(1)
    keepAliveInterval = KEEP_ALIVE_S
    userName = pairing.username
    password = pairing.password?.toByteArray()
    val gone = account.background()
    setWill(gone.topic, MqttMessage(gone.payload.toByteArray(), QOS, true, null))
    pairing.ca?.let { socketFactory = trusting(it) }
  }

  /** What the broker says on a thread of Paho's, until somebody wants it. */
  private class Ear : MqttCallback {
    private val heard = LinkedBlockingQueue<JSONObject>()

    /** The first that [find] finds something in, within [wordMs]. */
    fun <T : Any> await(find: (JSONObject) -> T?): T? {
      val end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(wordMs)
      while (true) {
        val one = heard.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS) ?: return null
        find(one)?.let { return it }
      }
    }

    override fun messageArrived(topic: String, message: MqttMessage) {
      try {
        heard.add(JSONObject(String(message.payload)))
      } catch (_: JSONException) {
        Log.d("nudge", "not a document: $topic")
      }
    }

    override fun disconnected(response: MqttDisconnectResponse?) = Unit

    override fun mqttErrorOccurred(exception: MqttException?) = Unit

    override fun deliveryComplete(token: IMqttToken?) = Unit

    override fun connectComplete(isAgain: Boolean, address: String?) = Unit

    override fun authPacketArrived(code: Int, properties: MqttProperties?) = Unit
  }

  companion object {
    private const val QOS = 1
    private const val QUIT_MS = 500L
    private const val KEEP_ALIVE_S = 60

    /** For each acknowledgement. Who presses a button is told after eight seconds anyway. */
    internal var ackMs = 5000L

    /** For what an agent makes of an answer, or for the bridge's key. */
    internal var wordMs = 2500L

    /** As Paho names schemes. */
    fun address(pairing: Pairing): String {
      val broker = pairing.broker ?: return checkNotNull(pairing.ws)
      val scheme = if (broker.startsWith("mqtts:")) "ssl" else "tcp"
      return "$scheme:${broker.substringAfter(':')}".trimEnd('/')
    }

    private fun trusting(ca: String): SSLSocketFactory =
      SSLContext.getInstance("TLS").run {
        init(null, arrayOf(ShownAuthority(ca)), null)
        socketFactory
      }
  }
}
